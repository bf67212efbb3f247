package org.lsuv.cli;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.lsuv.onnx.runtime.ValueStatistics;
import org.lsuv.onnx.runtime.Verification;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.init.JoinResult;
import org.lsuv.tf.init.LayerResult;
import org.lsuv.tf.residual.Join;

/**
 * Holds what ONNX Runtime measured of a residual join, beside what TensorFlow did.
 *
 * @param result what TensorFlow measured
 * @param stream the variance of the stream; empty where no value of the model holds it
 * @param branch likewise, of the branch
 * @param sum likewise, of the sum
 */
record JoinCheck(JoinResult result, OptionalDouble stream, OptionalDouble branch, OptionalDouble sum) {

    /** Returns the names of the values that hold what meets in some joins, where there are such values. */
    static List<String> values(List<JoinResult> joins, Map<TensorRef, String> names) {
        return joins.stream()
                .map(JoinResult::join)
                .flatMap(join -> Stream.of(join.stream(), join.branch(), join.sum()))
                .flatMap(tensor -> Optional.ofNullable(names.get(tensor)).stream())
                .distinct()
                .toList();
    }

    static JoinCheck of(JoinResult result, Map<TensorRef, String> names, Verification found) {
        Join join = result.join();
        return new JoinCheck(
                result,
                variance(join.stream(), names, found),
                variance(join.branch(), names, found),
                variance(join.sum(), names, found));
    }

    private static OptionalDouble variance(TensorRef tensor, Map<TensorRef, String> names, Verification found) {
        ValueStatistics statistics =
                Optional.ofNullable(names.get(tensor)).map(found.values()::get).orElse(null);
        return statistics == null ? OptionalDouble.empty() : OptionalDouble.of(statistics.variance());
    }

    boolean isMeasured() {
        return stream.isPresent() && branch.isPresent() && sum.isPresent();
    }

    /**
     * Returns how far the two engines are apart, as a share of the stream's variance: the largest difference of what
     * was measured, 0 where nothing was, infinite where only one of them finds a number.
     */
    double deviation() {
        return Stream.of(
                        difference(stream, result.stream()),
                        difference(branch, result.branch()),
                        difference(sum, result.sum()))
                .mapToDouble(difference -> difference)
                .max()
                .orElse(0);
    }

    private double difference(OptionalDouble found, double expected) {
        if (found.isEmpty() || Double.compare(found.getAsDouble(), expected) == 0) {
            return 0;
        }
        double difference = Math.abs(found.getAsDouble() - expected) / result.stream();
        return Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
    }

    /** Returns what the join brings, as a share of the stream's variance; NaN where that was not measured. */
    double reached() {
        return result.measure().reached(stream.orElse(Double.NaN), branch.orElse(Double.NaN), sum.orElse(Double.NaN));
    }

    /** Tells whether ONNX Runtime finds other variances than TensorFlow, or a target missed that TensorFlow found reached. */
    boolean isApart(double tolerance) {
        boolean missed = result.status() == LayerResult.Status.CONVERGED
                && Math.abs(reached() - result.target()) > tolerance * result.target();
        return missed || deviation() > tolerance;
    }
}
