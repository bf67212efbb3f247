package org.lsuv.cli;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.lsuv.cli.report.JoinVariances;
import org.lsuv.onnx.runtime.ValueStatistics;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.init.JoinResult;
import org.lsuv.tf.init.LayerResult;
import org.lsuv.tf.residual.Join;

/**
 * Holds what ONNX Runtime measured of a residual join, beside what TensorFlow did.
 *
 * @param result what TensorFlow measured
 * @param found what ONNX Runtime did
 */
record JoinCheck(JoinResult result, JoinVariances found) {

    /** Returns the names of the values that hold what meets in some joins, where there are such values. */
    static List<String> values(Collection<Join> joins, Map<TensorRef, String> names) {
        return joins.stream()
                .flatMap(join -> Stream.of(join.stream(), join.branch(), join.sum()))
                .flatMap(tensor -> Optional.ofNullable(names.get(tensor)).stream())
                .distinct()
                .toList();
    }

    /**
     * Returns what was measured of a join.
     *
     * @param names the values that hold the tensors of the graph
     * @param found what was measured of these values
     */
    static JoinVariances variances(Join join, Map<TensorRef, String> names, Map<String, ValueStatistics> found) {
        return new JoinVariances(
                variance(join.stream(), names, found),
                variance(join.branch(), names, found),
                variance(join.sum(), names, found));
    }

    private static OptionalDouble variance(
            TensorRef tensor, Map<TensorRef, String> names, Map<String, ValueStatistics> found) {
        ValueStatistics statistics =
                Optional.ofNullable(names.get(tensor)).map(found::get).orElse(null);
        return statistics == null ? OptionalDouble.empty() : OptionalDouble.of(statistics.variance());
    }

    boolean isMeasured() {
        return found.isMeasured();
    }

    /** Returns how far the two engines are apart, as {@link JoinVariances#deviation} says. */
    double deviation() {
        return found.deviation(result.stream(), result.branch(), result.sum());
    }

    /** Returns what the join brings, as a share of the stream's variance; NaN where that was not measured. */
    double reached() {
        return result.measure()
                .reached(
                        found.stream().orElse(Double.NaN),
                        found.branch().orElse(Double.NaN),
                        found.sum().orElse(Double.NaN));
    }

    /** Tells whether ONNX Runtime finds other variances than TensorFlow, or a target missed that TensorFlow found reached. */
    boolean isApart(double tolerance) {
        boolean missed = result.status() == LayerResult.Status.CONVERGED
                && Math.abs(reached() - result.target()) > tolerance * result.target();
        return missed || deviation() > tolerance;
    }
}
