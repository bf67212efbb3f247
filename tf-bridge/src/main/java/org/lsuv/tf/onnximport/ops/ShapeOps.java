package org.lsuv.tf.onnximport.ops;

import org.lsuv.tf.onnximport.OpRegistry;

/** Converts changes of shape. */
final class ShapeOps {
    private ShapeOps() {}

    static void addTo(OpRegistry.Table ops) {}
}
