package org.lsuv.tf.onnximport.ops;

import org.lsuv.tf.onnximport.OpRegistry;

/** Converts pooling. */
final class PoolOps {
    private PoolOps() {}

    static void addTo(OpRegistry.Table ops) {}
}
