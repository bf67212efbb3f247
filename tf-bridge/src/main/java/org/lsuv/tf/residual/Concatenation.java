package org.lsuv.tf.residual;

import java.util.List;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.WeightedLayer;

/**
 * Describes a concatenation of a stream with what layers made from it, as in DenseNet or U-Net: no sum, so that
 * variances do not add up.
 *
 * @param name the name in the source; that of its operation where the source has none
 * @param tensor what it gives
 * @param stream the operand that reaches it as it is
 * @param layers the layers between the stream and the other operands, in execution order
 */
public record Concatenation(String name, TensorRef tensor, TensorRef stream, List<WeightedLayer> layers) {
    public Concatenation {
        layers = List.copyOf(layers);
    }
}
