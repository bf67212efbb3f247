package org.lsuv.tf.onnximport.ops;

import org.lsuv.tf.onnximport.OpRegistry;

/** Converts non-linearities. */
final class ActivationOps {
    private ActivationOps() {}

    static void addTo(OpRegistry.Table ops) {}
}
