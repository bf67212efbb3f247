package org.lsuv.tf.init;

/** Lists what a residual join is to bring, as a share of the variance of its stream. */
public enum JoinMeasure {
    /** The variance of the branch. */
    BRANCH,
    /** What the variance of the sum is above that of the stream. */
    GROWTH;

    /**
     * Returns what a join brings, as a share of the variance of the stream.
     *
     * @param stream the variance of the stream
     * @param branch the variance of the branch
     * @param sum the variance of both together
     */
    public double reached(double stream, double branch, double sum) {
        return (this == BRANCH ? branch : sum - stream) / stream;
    }
}
