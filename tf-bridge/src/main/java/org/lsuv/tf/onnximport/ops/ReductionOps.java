package org.lsuv.tf.onnximport.ops;

import org.lsuv.tf.onnximport.OpRegistry;

/** Converts reductions along axes. */
final class ReductionOps {
    private ReductionOps() {}

    static void addTo(OpRegistry.Table ops) {}
}
