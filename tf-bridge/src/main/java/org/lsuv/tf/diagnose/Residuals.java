package org.lsuv.tf.diagnose;

import java.util.List;

/**
 * Says what the sums of streams and branches do together.
 *
 * @param blocks all of them, in execution order
 * @param growth ∏(1 + g) over those on the trunk since it was normalised last: what the stream's variance would
 *     grow by if nothing else changed it
 * @param measured the variance of the last of these sums over that of the first's stream
 * @param scales Ση over the same
 * @param squaredScales Ση² = Σg over the same
 */
public record Residuals(
        List<ResidualBlock> blocks, double growth, double measured, double scales, double squaredScales) {
    public Residuals {
        blocks = List.copyOf(blocks);
    }

    /** Sums up some blocks in a row. */
    static Residuals of(List<ResidualBlock> blocks) {
        double growth = 0;
        double scales = 0;
        double squares = 0;
        for (ResidualBlock block : blocks) {
            growth += Math.log1p(block.gain());
            scales += block.scale();
            squares += block.gain();
        }
        double measured =
                blocks.get(blocks.size() - 1).variance() / blocks.get(0).streamVariance();
        return new Residuals(blocks, Math.exp(growth), measured, scales, squares);
    }

    Residuals with(List<ResidualBlock> all) {
        return new Residuals(all, growth, measured, scales, squaredScales);
    }
}
