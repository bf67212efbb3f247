package org.lsuv.tf.residual;

import java.util.List;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.WeightedLayer;

/**
 * Describes a residual join: sum = stream + branch, where both come from the fork.
 *
 * @param index the position among the joins, in execution order
 * @param name the name of the sum in the source; that of its operation where the source has none
 * @param sum the sum
 * @param stream the summand that the fork reaches as it is, or through a projection
 * @param branch the summand that is made from the fork by weighted layers
 * @param fork the value where both part
 * @param projections the layers of the stream: none or one
 * @param layers the layers of the branch, in execution order
 * @param last those of them that no other layer of the branch follows
 * @param passage what becomes of the scale of the last layers on its way to the sum
 * @param scales the stored tensors by which the branch is multiplied behind its last layers, such as the scale
 *     of a normalisation or a layer scale, the one next to the sum first; with any one of them the branch goes in proportion
 * @param shifts the stored tensors that are added to the branch behind what sets it, biases of its last layers
 *     excepted: the last layers where these are in proportion, else the first of the scales
 */
public record Join(
        int index,
        String name,
        TensorRef sum,
        TensorRef stream,
        TensorRef branch,
        TensorRef fork,
        List<WeightedLayer> projections,
        List<WeightedLayer> layers,
        List<WeightedLayer> last,
        Passage passage,
        List<String> scales,
        List<String> shifts) {
    public Join {
        projections = List.copyOf(projections);
        layers = List.copyOf(layers);
        last = List.copyOf(last);
        scales = List.copyOf(scales);
        shifts = List.copyOf(shifts);
        if (layers.isEmpty() || last.isEmpty()) {
            throw new IllegalArgumentException("the branch of " + name + " has no layer");
        }
    }

    /** Lists what becomes of the scale of the last layers of a branch. */
    public enum Passage {
        /** The branch goes in proportion: its last layers set its variance. */
        PROPORTIONAL,
        /** A normalisation takes it away: its own scale sets the variance of the branch. */
        NORMALISED,
        /** Something else: a gate or a non-linearity lies between. */
        NONLINEAR
    }
}
