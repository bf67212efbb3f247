package org.lsuv.tf.diagnose;

import java.util.List;

/**
 * Says what the sums of streams and branches do together.
 *
 * @param blocks all of them, in execution order
 * @param growth ∏(1 + g) over those on the trunk since it was normalised last: what the stream's variance grows by
 * @param scales Ση over the same
 * @param squaredScales Ση² = Σg over the same
 */
public record Residuals(List<ResidualBlock> blocks, double growth, double scales, double squaredScales) {
    public Residuals {
        blocks = List.copyOf(blocks);
    }
}
