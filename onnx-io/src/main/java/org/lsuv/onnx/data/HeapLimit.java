package org.lsuv.onnx.data;

import org.lsuv.onnx.UnsupportedModelException;

/** Refuses copies that the Java heap cannot hold, before any of it is taken. */
final class HeapLimit {
    private HeapLimit() {}

    /** Checks a number of bytes that are about to be allocated. */
    static void check(long bytes) {
        long limit = Runtime.getRuntime().maxMemory();
        if (bytes > limit) {
            throw new UnsupportedModelException("needs " + bytes + " bytes of memory, and Java may use " + limit
                    + "; raise -Xmx, or save the array as .npy, little-endian and in C order, which is mapped instead");
        }
    }
}
