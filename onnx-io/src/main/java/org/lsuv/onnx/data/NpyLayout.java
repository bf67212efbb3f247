package org.lsuv.onnx.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

/** Turns the bytes of a {@code .npy} array into a tensor: little-endian, row-major. */
final class NpyLayout {
    private final NpyHeader header;
    private final List<ByteBuffer> source;
    private final int width;
    private final long[] shape;
    private final long[] strides;
    private final long[] index;
    private long offset;

    private NpyLayout(NpyHeader header, List<ByteBuffer> source) {
        this.header = header;
        this.source = source.stream()
                .map(chunk -> chunk.duplicate().order(header.order()))
                .toList();
        this.width = header.type().bits() / 8;
        this.shape = header.sizes();
        this.strides = strides();
        this.index = new long[shape.length];
    }

    /**
     * Returns the tensor over these bytes: the same memory where the layout allows it, a copy
     * otherwise.
     *
     * @param source the bytes of the file in chunks of {@link OnnxTensor#CHUNK_BYTES}
     */
    static OnnxTensor tensor(NpyHeader header, List<ByteBuffer> source) {
        if (header.type() == OnnxType.BOOL) {
            source.forEach(NpyLayout::checkBooleans);
        }
        if (header.isPlain()) {
            return OnnxTensor.of("", header.type(), header.sizes(), source);
        }
        HeapLimit.check(header.byteCount());
        NpyLayout layout = new NpyLayout(header, source);
        return OnnxTensor.fill("", header.type(), header.sizes(), layout::nextChunk);
    }

    private static void checkBooleans(ByteBuffer chunk) {
        for (int i = 0; i < chunk.limit(); i++) {
            if ((chunk.get(i) & ~1) != 0) {
                throw new OnnxFormatException("holds a bool of value " + (chunk.get(i) & 0xff) + "; expected 0 or 1");
            }
        }
    }

    /** Returns the distance in bytes between neighbours along each axis, in the file. */
    private long[] strides() {
        long[] result = new long[shape.length];
        long stride = width;
        for (int i = 0; i < shape.length; i++) {
            int axis = header.fortranOrder() ? i : shape.length - 1 - i;
            result[axis] = stride;
            stride *= shape[axis];
        }
        return result;
    }

    private ByteBuffer nextChunk(int length) {
        ByteBuffer target = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (target.hasRemaining()) {
            ByteBuffer chunk = source.get((int) (offset / OnnxTensor.CHUNK_BYTES));
            int at = (int) (offset % OnnxTensor.CHUNK_BYTES);
            switch (width) {
                case 1 -> target.put(chunk.get(at));
                case 2 -> target.putShort(chunk.getShort(at));
                case 4 -> target.putInt(chunk.getInt(at));
                default -> target.putLong(chunk.getLong(at));
            }
            advance();
        }
        return target.flip();
    }

    private void advance() {
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            offset += strides[axis];
            if (++index[axis] < shape[axis]) {
                return;
            }
            offset -= strides[axis] * shape[axis];
            index[axis] = 0;
        }
    }
}
