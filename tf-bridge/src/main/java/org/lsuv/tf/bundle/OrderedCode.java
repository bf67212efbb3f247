package org.lsuv.tf.bundle;

import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import org.tensorflow.proto.TensorSliceProto;

/**
 * Makes the keys under which a checkpoint keeps the parts of a partitioned tensor, as {@code
 * tensorflow/core/util/saved_tensor_slice_util.cc} does with {@code lib/strings/ordered_code.cc}.
 */
final class OrderedCode {
    /** The length of a part that is as long as its dimension. */
    private static final long FULL = -1;

    private OrderedCode() {}

    static ByteString key(String name, TensorSliceProto slice) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        unsigned(out, 0);
        string(out, ByteString.copyFromUtf8(name));
        unsigned(out, slice.getExtentCount());
        for (TensorSliceProto.Extent extent : slice.getExtentList()) {
            signed(out, extent.getStart());
            signed(out, extent.hasLength() ? extent.getLength() : FULL);
        }
        return ByteString.copyFrom(out.toByteArray());
    }

    private static void string(ByteArrayOutputStream out, ByteString text) {
        for (byte unit : text) {
            out.write(unit);
            if (unit == 0) {
                out.write(0xff);
            } else if (unit == (byte) 0xff) {
                out.write(0);
            }
        }
        out.write(0);
        out.write(1);
    }

    /** The number of bytes, then the bytes, the highest first. */
    private static void unsigned(ByteArrayOutputStream out, long value) {
        int length = (Long.SIZE - Long.numberOfLeadingZeros(value) + 7) / 8;
        out.write(length);
        for (int i = length - 1; i >= 0; i--) {
            out.write((int) (value >>> (8 * i)));
        }
    }

    /** As many leading ones as there are bytes, inverted for negative numbers, then the number with its sign. */
    private static void signed(ByteArrayOutputStream out, long value) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(value < 0 ? ~value : value);
        int length = bits / 7 + 1;
        byte sign = (byte) (value >> 63);
        byte[] bytes = ByteBuffer.allocate(Short.BYTES + Long.BYTES)
                .put(sign)
                .put(sign)
                .putLong(value)
                .array();
        int start = bytes.length - length;
        int ones = 0xffff << (16 - length) & 0xffff;
        bytes[start] ^= (byte) (ones >>> 8);
        if (length > 1) {
            bytes[start + 1] ^= (byte) ones;
        }
        out.write(bytes, start, length);
    }
}
