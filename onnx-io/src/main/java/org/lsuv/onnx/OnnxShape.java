package org.lsuv.onnx;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Describes the declared shape of a value: sizes where they are known, symbols where they are named.
 *
 * @param dims the dimensions, outermost first
 */
public record OnnxShape(List<Dim> dims) {

    /**
     * Describes one dimension.
     *
     * @param size the size, or −1 where it is not fixed
     * @param symbol the name of a dimension that is not fixed; empty where it has none
     */
    public record Dim(long size, String symbol) {
        /** Returns a dimension of fixed size. */
        public static Dim of(long size) {
            return new Dim(size, "");
        }

        /** Tells whether the size is fixed. */
        public boolean isFixed() {
            return size >= 0;
        }

        @Override
        public String toString() {
            return isFixed() ? Long.toString(size) : symbol.isEmpty() ? "?" : symbol;
        }
    }

    public OnnxShape {
        dims = List.copyOf(dims);
    }

    /** Returns the shape with these sizes; −1 stands for a size that is not fixed. */
    public static OnnxShape of(long... sizes) {
        return new OnnxShape(LongStream.of(sizes).mapToObj(Dim::of).toList());
    }

    /** Returns the number of dimensions. */
    public int rank() {
        return dims.size();
    }

    /** Returns the size of one dimension, −1 where it is not fixed. */
    public long size(int axis) {
        return dims.get(axis).size();
    }

    /** Returns all sizes, −1 where one is not fixed. */
    public long[] sizes() {
        return dims.stream().mapToLong(Dim::size).toArray();
    }

    /** Tells whether all sizes are fixed. */
    public boolean isFixed() {
        return dims.stream().allMatch(Dim::isFixed);
    }

    /** Returns a readable form of plain sizes: {@code [32, 3, 224, 224]}. */
    public static String text(long[] sizes) {
        return Arrays.toString(sizes);
    }

    @Override
    public String toString() {
        return dims.stream().map(Dim::toString).collect(Collectors.joining(", ", "[", "]"));
    }
}
