package org.lsuv.tf.diagnose;

import java.util.Optional;
import org.lsuv.tf.WeightedLayer;

/**
 * Says what was found at one weighted layer.
 *
 * @param layer the layer
 * @param depth the number of layers on the longest way up to it, itself included
 * @param onTrunk whether every way from the input to the output passes it
 * @param normalised whether its output is normalised before another layer reads it
 * @param weightMean the mean of its weight
 * @param weightVariance the mean square of its weight: Var(W) of a symmetric law
 * @param fanIn how many weights one output sums over, in the mean where it is not the same for all
 * @param width n, by which M wanders: output channels times the positions of the kernel
 * @param activation what bends its output; empty where nothing does before another layer reads it
 * @param kappa κ = Var(W)·fan-in·E[φ(z)²]/σ², by which the layer multiplies M in the mean
 * @param signal what was measured at its output z
 */
public record LayerDiagnosis(
        WeightedLayer layer,
        int depth,
        boolean onTrunk,
        boolean normalised,
        double weightMean,
        double weightVariance,
        double fanIn,
        long width,
        Optional<ActivationLaw> activation,
        double kappa,
        SignalStatistics signal) {

    /** Returns E[φ⁴]/E[φ²]² − 1 over n: the relative variance of M that the layer adds. */
    public double spread() {
        return activation.orElseGet(ActivationLaw::linear).spread() / width;
    }
}
