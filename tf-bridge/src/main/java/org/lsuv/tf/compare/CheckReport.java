package org.lsuv.tf.compare;

import java.util.List;
import java.util.Optional;

/**
 * Holds the comparison of a whole graph.
 *
 * @param values one entry a compared value, in execution order
 * @param skipped values that could not be compared, with the reason
 * @param notes what was changed on either side so that they compute the same thing
 */
public record CheckReport(List<ValueDifference> values, List<String> skipped, List<String> notes) {
    public CheckReport {
        values = List.copyOf(values);
        skipped = List.copyOf(skipped);
        notes = List.copyOf(notes);
    }

    /** Returns the first value in execution order that differs. */
    public Optional<ValueDifference> first() {
        return values.stream().filter(value -> !value.agrees()).findFirst();
    }

    /** Returns the largest error of any value. */
    public double worst() {
        return values.stream().mapToDouble(ValueDifference::error).max().orElse(0);
    }
}
