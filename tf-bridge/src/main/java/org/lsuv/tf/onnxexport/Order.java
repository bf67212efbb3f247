package org.lsuv.tf.onnxexport;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.lsuv.onnx.OnnxTensor;

/**
 * Tells in which order the axes of a tensor of TensorFlow lie in an ONNX value: axis {@code k} of the value is axis
 * {@code axes[k]} of the tensor.
 *
 * @param axes a permutation
 */
public record Order(List<Integer> axes) {
    public Order {
        axes = List.copyOf(axes);
    }

    /** Returns the order with these axes. */
    public static Order of(int... axes) {
        return new Order(IntStream.of(axes).boxed().toList());
    }

    /** Returns the order that changes nothing. */
    public static Order identity(int rank) {
        return new Order(IntStream.range(0, rank).boxed().toList());
    }

    /** Returns the order that puts the last axis behind the first one: NHWC as NCHW. */
    public static Order channelsFirst(int rank) {
        List<Integer> axes = new ArrayList<>(List.of(0, rank - 1));
        IntStream.range(1, rank - 1).forEach(axes::add);
        return new Order(axes);
    }

    /** Tells whether nothing changes. */
    public boolean isIdentity() {
        return equals(identity(rank()));
    }

    /** Returns the number of axes. */
    public int rank() {
        return axes.size();
    }

    /** Returns where an axis of the tensor lies in the value. */
    public int position(int axis) {
        return axes.indexOf(axis);
    }

    /** Returns the permutation that a Transpose needs to make a value of another order from one of this. */
    public List<Long> to(Order other) {
        return other.axes.stream().map(axis -> (long) position(axis)).toList();
    }

    /** Returns the order in which {@code x} lies where {@code y = Transpose(x, this)} lies in an order. */
    public Order behind(Order ofResult) {
        return new Order(ofResult.axes.stream().map(axes::get).toList());
    }

    /** Returns the order in which {@code y = Transpose(x, this)} lies where {@code x} lies in an order. */
    public Order before(Order ofOperand) {
        return new Order(ofOperand.axes.stream().map(this::position).toList());
    }

    /** Returns the order that undoes this one. */
    public Order inverse() {
        return before(identity(rank()));
    }

    /** Returns the order of what is left when some axes of the tensor go. */
    public Order without(List<Integer> gone) {
        return new Order(axes.stream()
                .filter(axis -> !gone.contains(axis))
                .map(axis ->
                        axis - (int) gone.stream().filter(other -> other < axis).count())
                .toList());
    }

    /** Returns sizes of the tensor as they lie in the value. */
    public long[] apply(long[] sizes) {
        return axes.stream().mapToLong(axis -> sizes[axis]).toArray();
    }

    /** Returns a list with one element an axis as it is for the value. */
    public <T> List<T> apply(List<T> perAxis) {
        return axes.stream().map(perAxis::get).toList();
    }

    /** Returns the values in this order. */
    public OnnxTensor apply(OnnxTensor tensor) {
        if (isIdentity()) {
            return tensor;
        }
        long[] from = tensor.shape();
        long[] to = apply(from);
        List<ByteBuffer> chunks = tensor.chunks();
        if (chunks.size() > 1) {
            throw new IllegalArgumentException(tensor + " is too large to be transposed");
        }
        int width = tensor.type().bits() / 8;
        ByteBuffer target = ByteBuffer.allocate((int) tensor.byteCount()).order(ByteOrder.LITTLE_ENDIAN);
        if (target.hasRemaining()) {
            new Copy(chunks.get(0), target, width, to, strides(from, width))
                    .run(0, chunks.get(0).position());
        }
        return OnnxTensor.of(
                tensor.name(), tensor.type(), to, target.capacity() == 0 ? List.of() : List.of(target.flip()));
    }

    private int[] strides(long[] from, int width) {
        int[] strides = new int[from.length];
        int stride = width;
        for (int axis = from.length - 1; axis >= 0; axis--) {
            strides[position(axis)] = stride;
            stride *= (int) from[axis];
        }
        return strides;
    }

    /** Walks through a tensor in the order of the result. */
    private static final class Copy {
        private final ByteBuffer source;
        private final ByteBuffer target;
        private final int width;
        private final long[] sizes;
        private final int[] strides;

        Copy(ByteBuffer source, ByteBuffer target, int width, long[] sizes, int[] strides) {
            this.source = source;
            this.target = target;
            this.width = width;
            this.sizes = sizes;
            this.strides = strides;
        }

        void run(int axis, int offset) {
            int at = offset;
            for (long i = 0; i < sizes[axis]; i++, at += strides[axis]) {
                if (axis < sizes.length - 1) {
                    run(axis + 1, at);
                } else if (width == Float.BYTES) {
                    target.putInt(source.getInt(at));
                } else {
                    target.put(source.slice(at, width));
                }
            }
        }
    }
}
