package org.lsuv.tf.init;

import java.util.List;
import java.util.Locale;
import org.lsuv.tf.residual.Join;

/** Remembers what sets the variance of the branch of a join, and what has happened to it so far. */
final class Branch {
    private final Join join;
    private final double share;
    private final JoinMeasure measure;
    private final List<String> tensors;
    private final TargetSearch search;
    private String refusal;
    private double scale = 1;

    /** Holds the moments of the values that meet in a join. */
    record Moments(SampleMoments stream, SampleMoments branch, SampleMoments sum) {}

    /**
     * Starts with a branch as it is.
     *
     * @param share η², 0 for a branch that becomes nothing; NaN for one that stays as it is
     * @param tensors the stored tensors that are multiplied together to multiply the branch
     * @param refusal why the branch stays as it is, though it was to have a target; empty otherwise
     */
    Branch(Join join, double share, JoinMeasure measure, List<String> tensors, String refusal) {
        this.measure = measure;
        this.join = join;
        this.share = share;
        this.tensors = List.copyOf(tensors);
        this.refusal = refusal;
        this.search = new TargetSearch(share);
    }

    Join join() {
        return join;
    }

    List<String> tensors() {
        return tensors;
    }

    TargetSearch search() {
        return search;
    }

    boolean isZero() {
        return share == 0 && refusal.isEmpty();
    }

    /** Tells whether the branch may still be multiplied by something. */
    boolean isOpen() {
        return share > 0 && refusal.isEmpty();
    }

    void refuse(String reason) {
        refusal = reason;
    }

    void scaled(double factor) {
        scale *= factor;
    }

    JoinMeasure measure() {
        return measure;
    }

    /** Returns what the branch brings, as a share of the variance of the stream. */
    double reached(Moments found) {
        return measure.reached(
                found.stream().variance(),
                found.branch().variance(),
                found.sum().variance());
    }

    boolean isReached(Moments found, double tolerance) {
        double reached = reached(found);
        return share == 0 ? reached <= Solution.CONSTANT : Math.abs(reached / share - 1) <= tolerance;
    }

    JoinResult result(Moments found, double tolerance) {
        boolean targeted = share >= 0;
        boolean reached = targeted && isReached(found, tolerance);
        String reason = !targeted || reached || !refusal.isEmpty()
                ? refusal
                : String.format(
                        Locale.ROOT,
                        "the branch brings %.4g of the variance of its stream, to be %.4g",
                        reached(found),
                        share);
        LayerResult.Status status = !targeted
                ? LayerResult.Status.MEASURED
                : reached ? LayerResult.Status.CONVERGED : LayerResult.Status.FLAGGED;
        return new JoinResult(
                join,
                measure,
                targeted ? share : Double.NaN,
                targeted ? reached(found) : Double.NaN,
                isZero() ? 0 : scale,
                found.stream().variance(),
                found.branch().variance(),
                found.sum().variance(),
                status,
                reason);
    }
}
