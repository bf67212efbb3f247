package org.lsuv.tf.onnximport.ops;

import org.lsuv.tf.onnximport.OpRegistry;

/** Converts convolutions. */
final class ConvOps {
    private ConvOps() {}

    static void addTo(OpRegistry.Table ops) {}
}
