package org.lsuv.tf.onnxexport;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsuv.tf.TensorRef;

/** Says how a step of a loop computes a value. */
sealed interface StepValue {

    /** Is what the step takes from a list, which is passed to the loop as this argument. */
    record Item(int list) implements StepValue {}

    /** Is a value of the state before the step. */
    record State(int place) implements StepValue {}

    /** Is a part of a weight. */
    record Stored(WeightPart part) implements StepValue {}

    /** Is a matrix product with a part of a weight. */
    record Product(StepValue factor, WeightPart weight) implements StepValue {}

    /** Is a sum of values that are no sums. */
    record Sum(List<StepValue> terms) implements StepValue {
        public Sum {
            terms = List.copyOf(terms);
        }
    }

    /** Is an elementwise product. */
    record Times(StepValue one, StepValue other) implements StepValue {}

    /** Is what is left to 1. */
    record Rest(StepValue of) implements StepValue {}

    /** Is a function of each element, by ONNX's name for it. */
    record Activated(String function, StepValue of) implements StepValue {}

    /** Is a number that is the same in all steps. */
    record Constant(double value) implements StepValue {}

    /** Tells of each row whether the step lies behind its end: these numbers of steps are passed to the loop. */
    record Past(int lengths) implements StepValue {}

    /** Is a value for rows that go on, and another tensor of the body for those whose end was before. */
    record Padded(int lengths, TensorRef behind, StepValue running) implements StepValue {}

    /** Is anything else. */
    record Unknown(TensorRef tensor) implements StepValue {}

    /** What more terms than any cell has would only make slow. */
    int MAX_TERMS = 8;

    /** Returns the sum of two values; empty if it has too many terms. */
    static Optional<StepValue> sum(StepValue one, StepValue other) {
        List<StepValue> terms = new ArrayList<>(terms(one));
        terms.addAll(terms(other));
        return terms.size() > MAX_TERMS ? Optional.empty() : Optional.of(new Sum(terms));
    }

    /** Returns what a value is where no row is at its end. */
    static StepValue running(StepValue value) {
        return value instanceof Padded padded ? padded.running() : value;
    }

    /** Returns what a value is a sum of, itself alone if it is none. */
    static List<StepValue> terms(StepValue value) {
        return value instanceof Sum sum ? sum.terms() : List.of(value);
    }

    /** Returns the number of columns of a value, as far as weights tell; empty otherwise. */
    static Optional<Long> width(StepValue value) {
        if (value instanceof Product product) {
            return Optional.of(product.weight().width());
        }
        if (value instanceof Stored stored) {
            return Optional.of(stored.part().width());
        }
        if (value instanceof Activated activated) {
            return width(activated.of());
        }
        return value instanceof Sum sum
                ? sum.terms().stream()
                        .map(StepValue::width)
                        .flatMap(Optional::stream)
                        .findFirst()
                : Optional.empty();
    }

    /** Returns some columns of a value, whose products, sums and functions have as many; empty if it is made otherwise. */
    static Optional<StepValue> columns(StepValue value, long from, long to) {
        if (value instanceof Product product) {
            return Optional.of(new Product(product.factor(), product.weight().columns(from, to)));
        }
        if (value instanceof Stored stored) {
            return Optional.of(new Stored(stored.part().columns(from, to)));
        }
        if (value instanceof Constant) {
            return Optional.of(value);
        }
        if (value instanceof Activated activated) {
            return columns(activated.of(), from, to).map(part -> new Activated(activated.function(), part));
        }
        if (!(value instanceof Sum sum)) {
            return Optional.empty();
        }
        List<StepValue> terms = new ArrayList<>();
        for (StepValue term : sum.terms()) {
            Optional<StepValue> part = columns(term, from, to);
            if (part.isEmpty()) {
                return Optional.empty();
            }
            terms.add(part.get());
        }
        return Optional.of(new Sum(terms));
    }
}
