package org.lsuv.tf.onnximport.ops.ml;

import org.lsuv.tf.onnximport.OpRegistry;

/** Lists the operators of ONNX's own domain for classical machine learning. */
public final class MlOps {
    private MlOps() {}

    /** Adds all of them to the table of their domain. */
    public static void addTo(OpRegistry.Table ops) {
        MlFeatureOps.addTo(ops);
        MlLinearOps.addTo(ops);
    }
}
