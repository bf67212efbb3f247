package org.lsuv.tf.onnximport.ops;

import org.lsuv.tf.onnximport.OpRegistry;

/** Converts normalisations. */
final class NormalizationOps {
    private NormalizationOps() {}

    static void addTo(OpRegistry.Table ops) {}
}
