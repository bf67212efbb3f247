package org.lsuv.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * Holds a dense tensor: a name, an element type, a shape and the values as little-endian bytes in
 * row-major order, the layout of {@code TensorProto.raw_data}.
 *
 * <p>The bytes are read-only and may be memory-mapped, anew each time that they are asked for. They come in chunks of at most {@link
 * #CHUNK_BYTES}, so that a tensor of more than 2 GB is an ordinary one. Tensors of strings carry
 * {@link #strings} instead of bytes.
 */
public final class OnnxTensor {
    /** The size of every chunk but the last; a multiple of each element size. */
    public static final int CHUNK_BYTES = 1 << 30;

    private final String name;
    private final OnnxType type;
    private final long[] shape;
    private final Supplier<List<ByteBuffer>> source;
    private final List<String> strings;

    private OnnxTensor(
            String name, OnnxType type, long[] shape, Supplier<List<ByteBuffer>> source, List<String> strings) {
        this.name = name;
        this.type = type;
        this.shape = shape.clone();
        this.source = source;
        this.strings = strings;
    }

    /**
     * Creates a tensor over little-endian bytes, which are shared, not copied.
     *
     * @param chunks the bytes; every chunk but the last holds exactly {@link #CHUNK_BYTES}
     * @throws OnnxFormatException if a dimension is negative, the element count overflows, or the
     *     bytes are not as many as type and shape ask for
     */
    public static OnnxTensor of(String name, OnnxType type, long[] shape, List<ByteBuffer> chunks) {
        long expected = byteCount(name, type, shape);
        long found = 0;
        List<ByteBuffer> views = new ArrayList<>(chunks.size());
        for (ByteBuffer chunk : chunks) {
            ByteBuffer view = chunk.slice().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
            found += view.remaining();
            views.add(view);
        }
        if (found != expected) {
            throw new OnnxFormatException("tensor \"" + name + "\" " + type.label() + OnnxShape.text(shape)
                    + ": expected " + expected + " bytes of data, found " + found);
        }
        List<ByteBuffer> all = List.copyOf(views);
        return new OnnxTensor(name, type, shape, () -> all, List.of());
    }

    /** Creates a tensor that holds no bytes but gets them, as many as type and shape ask for, whenever they are read. */
    public static OnnxTensor reading(String name, OnnxType type, long[] shape, Supplier<List<ByteBuffer>> source) {
        return new OnnxTensor(name, type, shape, source, List.of());
    }

    /** Creates a float32 tensor. */
    public static OnnxTensor ofFloats(String name, long[] shape, float... values) {
        ByteBuffer bytes = allocate(values.length * (long) Float.BYTES);
        bytes.asFloatBuffer().put(values);
        return of(name, OnnxType.FLOAT, shape, List.of(bytes));
    }

    /** Creates an int64 tensor. */
    public static OnnxTensor ofLongs(String name, long[] shape, long... values) {
        ByteBuffer bytes = allocate(values.length * (long) Long.BYTES);
        bytes.asLongBuffer().put(values);
        return of(name, OnnxType.INT64, shape, List.of(bytes));
    }

    /** Creates a tensor of strings. */
    public static OnnxTensor ofStrings(String name, long[] shape, List<String> values) {
        if (elementCount(name, shape) != values.size()) {
            throw new OnnxFormatException(
                    "tensor \"" + name + "\" string" + OnnxShape.text(shape) + ": found " + values.size() + " values");
        }
        return new OnnxTensor(name, OnnxType.STRING, shape, List::of, List.copyOf(values));
    }

    /**
     * Creates a floating-point tensor of the given type from values, rounded to nearest.
     *
     * @throws IllegalArgumentException if the type is not a floating-point type
     */
    public static OnnxTensor ofDoubles(String name, OnnxType type, long[] shape, double... values) {
        return of(name, type, shape, List.of(PlainValues.bytes(type, values)));
    }

    /**
     * Creates a tensor of any type but strings and complex numbers from values: rounded to nearest for
     * floating-point types, cut to the lower bits for integers.
     *
     * @throws UnsupportedModelException if the type has no plain numbers
     */
    public static OnnxTensor ofNumbers(String name, OnnxType type, long[] shape, double... values) {
        if (type.isFloating()) {
            return ofDoubles(name, type, shape, values);
        }
        if (PackedValues.isPacked(type)) {
            return PackedValues.packed(name, type, shape, values);
        }
        long[] integers = new long[values.length];
        for (int i = 0; i < values.length; i++) {
            integers[i] = (long) values[i];
        }
        return ofIntegers(name, type, shape, integers);
    }

    /**
     * Creates a tensor of integers of 8 to 64 bits, or of booleans, from the lower bits of values.
     *
     * @throws UnsupportedModelException if the type is another one
     */
    public static OnnxTensor ofIntegers(String name, OnnxType type, long[] shape, long... values) {
        if (!type.isInteger() && type != OnnxType.BOOL) {
            throw new UnsupportedModelException(
                    "tensor \"" + name + "\": values of type " + type.label() + " cannot be written as integers");
        }
        return of(name, type, shape, List.of(PlainValues.bytes(type, values)));
    }

    /**
     * Returns the number of bytes that a tensor takes.
     *
     * @throws OnnxFormatException if a dimension is negative, or a count overflows
     */
    public static long byteCount(String name, OnnxType type, long[] shape) {
        try {
            return type.byteCount(elementCount(name, shape));
        } catch (ArithmeticException overflow) {
            throw new OnnxFormatException(
                    "tensor \"" + name + "\": shape " + OnnxShape.text(shape) + " overflows a 64-bit byte count",
                    overflow);
        }
    }

    /**
     * Returns the product of the dimensions.
     *
     * @throws OnnxFormatException if a dimension is negative or the product overflows
     */
    static long elementCount(String name, long[] shape) {
        long count = 1;
        for (long dim : shape) {
            if (dim < 0) {
                throw new OnnxFormatException(
                        "tensor \"" + name + "\": shape " + OnnxShape.text(shape) + " has a negative dimension");
            }
            try {
                count = Math.multiplyExact(count, dim);
            } catch (ArithmeticException overflow) {
                throw new OnnxFormatException(
                        "tensor \"" + name + "\": shape " + OnnxShape.text(shape) + " overflows a 64-bit element count",
                        overflow);
            }
        }
        return count;
    }

    private static ByteBuffer allocate(long bytes) {
        return ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Returns the name; empty for a tensor that has none. */
    public String name() {
        return name;
    }

    /** Returns the element type. */
    public OnnxType type() {
        return type;
    }

    /** Returns the sizes of the dimensions, outermost first. */
    public long[] shape() {
        return shape.clone();
    }

    /** Returns the number of dimensions. */
    public int rank() {
        return shape.length;
    }

    /** Returns the number of elements. */
    public long elementCount() {
        return elementCount(name, shape);
    }

    /** Returns the number of bytes in {@link #chunks}. */
    public long byteCount() {
        return type == OnnxType.STRING ? 0 : byteCount(name, type, shape);
    }

    /** Returns the values as read-only little-endian bytes, each chunk positioned at its start. */
    public List<ByteBuffer> chunks() {
        return source.get().stream()
                .map(chunk -> chunk.duplicate().order(ByteOrder.LITTLE_ENDIAN))
                .toList();
    }

    /** Returns the values of a tensor of strings; empty for any other type. */
    public List<String> strings() {
        return strings;
    }

    /**
     * Returns the values in a type that every engine has, where this type is one of 8-bit or 4-bit
     * floating-point numbers (as float32, exponents alone as float64) or of 4-bit or 2-bit integers (as
     * int8); else the same tensor.
     */
    public OnnxTensor widened() {
        return PackedValues.isPacked(type) ? PackedValues.widened(this) : this;
    }

    /** Returns the same bytes as elements of another type of the same width. */
    public OnnxTensor reinterpreted(OnnxType newType) {
        return of(name, newType, shape, source.get());
    }

    /** Returns the same tensor under another name. */
    public OnnxTensor withName(String newName) {
        return new OnnxTensor(newName, type, shape, source, strings);
    }

    /** Returns the same values under another shape of as many elements. */
    public OnnxTensor withShape(long... newShape) {
        if (elementCount(name, newShape) != elementCount()) {
            throw new OnnxFormatException("tensor \"" + name + "\": cannot view " + OnnxShape.text(shape) + " as "
                    + OnnxShape.text(newShape));
        }
        return new OnnxTensor(name, type, newShape, source, strings);
    }

    /**
     * Returns rows {@code from} (inclusive) to {@code to} (exclusive) along the first axis, without a
     * copy where the rows lie in one chunk.
     */
    public OnnxTensor rows(long from, long to) {
        long rowBytes = shape[0] == 0 ? 0 : byteCount() / shape[0];
        long[] newShape = shape.clone();
        newShape[0] = to - from;
        return of(name, type, newShape, bytes(from * rowBytes, (to - from) * rowBytes));
    }

    private List<ByteBuffer> bytes(long offset, long length) {
        int first = Math.toIntExact(offset / CHUNK_BYTES);
        int start = Math.toIntExact(offset % CHUNK_BYTES);
        if (length == 0) {
            return List.of();
        }
        List<ByteBuffer> chunks = source.get();
        ByteBuffer chunk = chunks.get(first);
        if (start + length <= chunk.remaining()) {
            return List.of(chunk.slice(start, Math.toIntExact(length)));
        }
        List<ByteBuffer> result = new ArrayList<>();
        ByteBuffer target = allocate(Math.min(length, CHUNK_BYTES));
        for (int i = first; length > 0; i++) {
            ByteBuffer source = chunks.get(i);
            while (start < source.remaining() && length > 0) {
                int count = (int) Math.min(Math.min(source.remaining() - start, target.remaining()), length);
                target.put(source.slice(start, count));
                start += count;
                length -= count;
                if (!target.hasRemaining()) {
                    result.add(target.flip());
                    target = allocate(Math.min(length, CHUNK_BYTES));
                }
            }
            start = 0;
        }
        return result;
    }

    /**
     * Returns all values as float64.
     *
     * @throws UnsupportedModelException if the type has no plain numbers, or there are more than fit
     *     an array
     */
    public double[] toDoubles() {
        return PackedValues.isPacked(type) ? widened().toDoubles() : PlainValues.doubles(this);
    }

    /** Returns all values as float32, with the errors of {@link #toDoubles}. */
    public float[] toFloats() {
        return PackedValues.isPacked(type) ? widened().toFloats() : PlainValues.floats(this);
    }

    /**
     * Returns all values of an integer or boolean tensor.
     *
     * @throws OnnxFormatException if the type is neither
     */
    public long[] toLongs() {
        OnnxTensor plain = widened();
        if (plain != this && plain.type.isInteger()) {
            return plain.toLongs();
        }
        if (!type.isInteger() && type != OnnxType.BOOL) {
            throw new OnnxFormatException(
                    "tensor \"" + name + "\": expected integers, found " + type.label() + OnnxShape.text(shape));
        }
        return PlainValues.longs(this);
    }

    /** Reads the next value of a tensor of float32, float16 or bfloat16 from one of its chunks. */
    public float nextFloat(ByteBuffer chunk) {
        return PlainValues.nextFloat(type, chunk);
    }

    /** Reads the next value of an integer or boolean tensor from one of its chunks. */
    public long nextLong(ByteBuffer chunk) {
        return PlainValues.nextLong(this, chunk);
    }

    /** Creates a tensor whose chunks are filled by a function from chunk length to bytes. */
    public static OnnxTensor fill(String name, OnnxType type, long[] shape, IntFunction<ByteBuffer> nextChunk) {
        long left = byteCount(name, type, shape);
        List<ByteBuffer> chunks = new ArrayList<>();
        while (left > 0) {
            int length = (int) Math.min(left, CHUNK_BYTES);
            chunks.add(nextChunk.apply(length));
            left -= length;
        }
        return of(name, type, shape, chunks);
    }

    @Override
    public String toString() {
        return name + ": " + type.label() + OnnxShape.text(shape);
    }
}
