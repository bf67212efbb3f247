package org.lsuv.onnx.pytorch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

/**
 * Describes a tensor as parts of stored ones, one after the other along the first axis. Nothing is copied
 * before the values are asked for.
 *
 * @param pieces the parts
 */
record Arrangement(List<Piece> pieces) {
    /**
     * Describes elements of a stored tensor.
     *
     * @param source the tensor
     * @param offset the position of the first element
     * @param strides how many elements further the next one lies, by axis
     * @param shape how many there are, by axis
     */
    record Piece(OnnxTensor source, long offset, List<Long> strides, List<Long> shape) {
        Piece {
            strides = List.copyOf(strides);
            shape = List.copyOf(shape);
        }
    }

    Arrangement {
        pieces = List.copyOf(pieces);
    }

    /** Returns a tensor as it is. */
    static Arrangement of(OnnxTensor source) {
        return viewed(source, Arrays.stream(source.shape()).boxed().toList());
    }

    /** Returns all elements of a tensor under another shape. */
    static Arrangement viewed(OnnxTensor source, List<Long> shape) {
        return block(source, 0, shape);
    }

    /** Returns elements that follow each other in a tensor. */
    static Arrangement block(OnnxTensor source, long offset, List<Long> shape) {
        Long[] strides = new Long[shape.size()];
        long stride = 1;
        for (int i = shape.size() - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= shape.get(i);
        }
        return new Arrangement(List.of(new Piece(source, offset, List.of(strides), shape)));
    }

    /** Returns a matrix with rows for columns. */
    static Arrangement transposed(OnnxTensor matrix) {
        long[] shape = matrix.shape();
        return new Arrangement(List.of(new Piece(matrix, 0, List.of(1L, shape[1]), List.of(shape[1], shape[0]))));
    }

    /** Returns tensors one after the other along the first axis. */
    static Arrangement joined(List<Arrangement> parts) {
        return new Arrangement(
                parts.stream().flatMap(part -> part.pieces.stream()).toList());
    }

    long[] shape() {
        long[] shape = pieces.get(0).shape().stream().mapToLong(Long::longValue).toArray();
        if (pieces.size() > 1) {
            shape[0] = pieces.stream().mapToLong(piece -> piece.shape().get(0)).sum();
        }
        return shape;
    }

    List<String> sources() {
        return pieces.stream().map(piece -> piece.source().name()).distinct().toList();
    }

    /** Returns the tensor, whose values are arranged anew each time that they are read. */
    OnnxTensor tensor(String name) {
        OnnxTensor first = pieces.get(0).source();
        if (equals(viewed(first, pieces.get(0).shape()))
                && Arrays.stream(shape()).reduce(1, (a, b) -> a * b) == first.elementCount()) {
            return first.withName(name).withShape(shape());
        }
        OnnxType type = first.type();
        long bytes = type.byteCount(Arrays.stream(shape()).reduce(1, Math::multiplyExact));
        return OnnxTensor.reading(name, type, shape(), () -> gathered(type.bits() / 8, bytes));
    }

    /** Tells whether two arrangements hold the same bits in the same shape. */
    boolean holdsTheSameAs(Arrangement other) {
        if (equals(other)) {
            return true;
        }
        OnnxTensor mine = tensor("");
        OnnxTensor theirs = other.tensor("");
        return mine.type() == theirs.type()
                && Arrays.equals(mine.shape(), theirs.shape())
                && firstElement().equals(other.firstElement())
                && mine.chunks().equals(theirs.chunks());
    }

    /** Most tensors differ at once, and need not be arranged for that to be seen. */
    private ByteBuffer firstElement() {
        Piece piece = pieces.get(0);
        int bytes = piece.source().type().bits() / 8;
        return piece.source().elementCount() == 0
                ? ByteBuffer.allocate(0)
                : at(piece.source().chunks(), piece.offset() * bytes, bytes);
    }

    private static ByteBuffer at(List<ByteBuffer> chunks, long position, int bytes) {
        return chunks.get((int) (position / OnnxTensor.CHUNK_BYTES))
                .slice((int) (position % OnnxTensor.CHUNK_BYTES), bytes);
    }

    private List<ByteBuffer> gathered(int elementBytes, long bytes) {
        List<ByteBuffer> chunks = new ArrayList<>();
        for (long left = bytes; left > 0; left -= OnnxTensor.CHUNK_BYTES) {
            int size = (int) Math.min(left, OnnxTensor.CHUNK_BYTES);
            chunks.add(ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN));
        }
        Target target = new Target(chunks.iterator());
        for (Piece piece : pieces) {
            copy(piece, piece.source().chunks(), elementBytes, 0, piece.offset(), target);
        }
        chunks.forEach(ByteBuffer::flip);
        return chunks;
    }

    private static void copy(
            Piece piece, List<ByteBuffer> source, int elementBytes, int axis, long offset, Target target) {
        if (axis == piece.shape().size()) {
            target.put(source, offset * elementBytes, elementBytes);
            return;
        }
        long stride = piece.strides().get(axis);
        for (long i = 0; i < piece.shape().get(axis); i++) {
            copy(piece, source, elementBytes, axis + 1, offset + i * stride, target);
        }
    }

    /** Takes elements one after the other. */
    private static final class Target {
        private final Iterator<ByteBuffer> chunks;
        private ByteBuffer chunk = ByteBuffer.allocate(0);

        Target(Iterator<ByteBuffer> chunks) {
            this.chunks = chunks;
        }

        void put(List<ByteBuffer> source, long position, int bytes) {
            if (!chunk.hasRemaining()) {
                chunk = chunks.next();
            }
            // No element lies across two chunks: their size is a multiple of every element's.
            ByteBuffer from = source.get((int) (position / OnnxTensor.CHUNK_BYTES));
            int start = (int) (position % OnnxTensor.CHUNK_BYTES);
            switch (bytes) {
                case 4 -> chunk.putInt(from.getInt(start));
                case 2 -> chunk.putShort(from.getShort(start));
                case 8 -> chunk.putLong(from.getLong(start));
                default -> chunk.put(from.slice(start, bytes));
            }
        }
    }

    /** Returns parts of equal shape that lie at given offsets in a tensor, as one. */
    static Arrangement blocks(OnnxTensor source, Stream<Long> offsets, List<Long> shape) {
        return joined(offsets.map(offset -> block(source, offset, shape)).toList());
    }
}
