package org.lsuv.tf.onnximport.ops.microsoft;

import org.lsuv.tf.onnximport.OpRegistry;

/** Lists the groups of operators of the domain {@code com.microsoft}. */
public final class MicrosoftOps {
    private MicrosoftOps() {}

    /** Adds all of them. */
    public static void addTo(OpRegistry.Table ops) {
        FusedLinearOps.addTo(ops);
        GeluOps.addTo(ops);
        SkipNormalizationOps.addTo(ops);
        FusedAttentionOps.addTo(ops);
        TensorOps.addTo(ops);
    }
}
