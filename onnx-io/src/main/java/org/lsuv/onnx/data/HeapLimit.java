package org.lsuv.onnx.data;

import org.lsuv.onnx.ReleasedMemory;
import org.lsuv.onnx.UnsupportedModelException;

/** Refuses copies that the Java heap cannot hold, before any of it is taken. */
final class HeapLimit {
    private HeapLimit() {}

    /** Checks a number of bytes that are about to be allocated. */
    static void check(long bytes) {
        long left = left();
        if (bytes > left) {
            ReleasedMemory.collect();
            left = left();
        }
        if (bytes > left) {
            throw new UnsupportedModelException("needs " + bytes + " bytes of memory, and Java has " + left
                    + " left; raise -Xmx, or save the array as .npy in C order, little-endian and in the type that the"
                    + " model expects, which is mapped instead");
        }
    }

    private static long left() {
        Runtime runtime = Runtime.getRuntime();
        return runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
    }
}
