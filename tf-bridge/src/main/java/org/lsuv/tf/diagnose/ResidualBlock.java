package org.lsuv.tf.diagnose;

import java.util.List;
import org.lsuv.tf.residual.Join;

/**
 * Says what one sum of a stream and a branch does.
 *
 * @param join where they meet in the graph
 * @param name the name of the sum
 * @param depth the number of layers on the longest way up to it
 * @param onTrunk whether every way from the input to the output passes it, so that its gain multiplies others'
 * @param layers the numbers of the layers on the branch's way
 * @param kappa the product of their κ: what the branch multiplies M by in the mean, normalisations apart; NaN where
 *     the branch has ways side by side
 * @param gain g = Var(branch)/Var(stream)
 * @param slope the mean growth of ln M a layer, along the branch
 * @param streamVariance Var(stream), of the summand
 * @param branchVariance Var(branch), of the summand
 * @param variance the variance of the sum
 */
public record ResidualBlock(
        Join join,
        String name,
        int depth,
        boolean onTrunk,
        List<Integer> layers,
        double kappa,
        double gain,
        double slope,
        double streamVariance,
        double branchVariance,
        double variance) {
    public ResidualBlock {
        layers = List.copyOf(layers);
    }

    /** Returns η = √g, the scale of the branch against the stream. */
    public double scale() {
        return Math.sqrt(gain);
    }
}
