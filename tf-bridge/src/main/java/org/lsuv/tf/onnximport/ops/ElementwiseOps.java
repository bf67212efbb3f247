package org.lsuv.tf.onnximport.ops;

import org.lsuv.tf.onnximport.OpRegistry;

/** Converts arithmetic, comparisons and logic, element by element with broadcasting. */
final class ElementwiseOps {
    private ElementwiseOps() {}

    static void addTo(OpRegistry.Table ops) {}
}
