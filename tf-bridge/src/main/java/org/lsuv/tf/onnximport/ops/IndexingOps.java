package org.lsuv.tf.onnximport.ops;

import org.lsuv.tf.onnximport.OpRegistry;

/** Converts selecting and placing parts. */
final class IndexingOps {
    private IndexingOps() {}

    static void addTo(OpRegistry.Table ops) {}
}
