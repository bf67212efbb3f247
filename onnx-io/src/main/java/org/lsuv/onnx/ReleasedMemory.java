package org.lsuv.onnx;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts bytes outside of Java's heap that nobody refers to any more. Java frees them with the small objects that
 * stand for them, which fill no heap and so ask for no collection: this class asks for one now and then.
 */
public final class ReleasedMemory {
    private static final long ENOUGH = 256L << 20;
    private static final AtomicLong BYTES = new AtomicLong();

    private ReleasedMemory() {}

    /** Adds the bytes of mapped or direct buffers to which the caller has just given up its last reference. */
    public static void add(long bytes) {
        if (BYTES.addAndGet(bytes) >= ENOUGH) {
            BYTES.set(0);
            System.gc();
        }
    }
}
