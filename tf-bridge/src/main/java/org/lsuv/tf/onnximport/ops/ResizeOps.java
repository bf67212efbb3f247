package org.lsuv.tf.onnximport.ops;

import org.lsuv.tf.onnximport.OpRegistry;

/** Converts resizing and rearranging of space. */
final class ResizeOps {
    private ResizeOps() {}

    static void addTo(OpRegistry.Table ops) {}
}
