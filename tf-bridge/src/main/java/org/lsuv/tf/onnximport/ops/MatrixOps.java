package org.lsuv.tf.onnximport.ops;

import org.lsuv.tf.onnximport.OpRegistry;

/** Converts matrix products. */
final class MatrixOps {
    private MatrixOps() {}

    static void addTo(OpRegistry.Table ops) {}
}
