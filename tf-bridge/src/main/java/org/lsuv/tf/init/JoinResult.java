package org.lsuv.tf.init;

import org.lsuv.tf.residual.Join;

/**
 * Says what became of one residual join, measured with the stored weights.
 *
 * @param join the join
 * @param measure what is to be reached
 * @param target what was to be reached, as a share of the stream's variance; NaN where it has no target
 * @param reached the same as it is; NaN where it has no target
 * @param scale what the branch was multiplied by, all passes together
 * @param stream the variance of the stream
 * @param branch the variance of the branch
 * @param sum the variance of both together
 * @param status how it ended
 * @param reason why it was flagged or has no target; empty otherwise
 */
public record JoinResult(
        Join join,
        JoinMeasure measure,
        double target,
        double reached,
        double scale,
        double stream,
        double branch,
        double sum,
        LayerResult.Status status,
        String reason) {}
