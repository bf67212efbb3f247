package org.lsuv.onnx;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Asks Java for garbage collections, where Java does not see that one is due. Bytes of mapped and direct buffers lie
 * outside of its heap: they are freed with the small objects that stand for them, which fill no heap and so ask for no
 * collection, while the process grows. Those that nobody refers to any more are counted here, and collected now and
 * then.
 */
public final class ReleasedMemory {
    private static final long ENOUGH = 64L << 20;
    private static final AtomicLong BYTES = new AtomicLong();

    private ReleasedMemory() {}

    /** Adds the bytes of mapped or direct buffers to which the caller has just given up its last reference. */
    public static void add(long bytes) {
        if (BYTES.addAndGet(bytes) >= ENOUGH) {
            collect();
        }
    }

    /** Collects at once: for who would refuse something for want of memory, of which garbage counts as used. */
    public static void collect() {
        BYTES.set(0);
        System.gc();
    }
}
