package org.lsuv.tf.onnximport.ops.quantized;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.Axes;
import org.lsuv.tf.onnximport.ops.Dims;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/** Spreads scales and zero points over the values that they belong to. */
final class QuantizationScales {
    private QuantizationScales() {}

    /**
     * Returns a scale or zero point shaped to broadcast against the node's first input: one for all, one for
     * each position along {@code axis}, or one for each block of {@code block_size} positions along it.
     */
    static <T extends TType> Operand<T> spread(NodeContext node, Operand<T> values) {
        Shape shape = values.shape();
        if (shape.isUnknown()) {
            throw node.unsupported("the rank of a scale or zero point is not known before the graph runs");
        }
        Ops tf = node.tf();
        long blockSize = node.attributes().intOr("block_size", 0);
        if (blockSize < 0) {
            throw node.malformedAttribute("block_size", "expected 0 or more, got " + blockSize);
        }
        if (shape.numDimensions() == 0) {
            return values;
        }
        if (blockSize > 0) {
            return blocks(node, values, blockSize);
        }
        if (shape.size() == 1) {
            return tf.reshape(values, tf.constant(new long[0]));
        }
        if (shape.numDimensions() != 1) {
            throw node.malformed("expected one scale, or a list of them, got the shape " + shape);
        }
        int rank = node.rank(0);
        if (rank == 1) {
            return values;
        }
        int axis = Axes.attribute(node, 0, 1);
        long expected = node.shape(0).get(axis);
        if (shape.get(0) >= 0 && expected >= 0 && shape.get(0) != expected) {
            throw node.malformed("expected " + expected + " scales along axis " + axis + ", got " + shape.get(0));
        }
        long[] aligned = new long[rank];
        Arrays.fill(aligned, 1);
        aligned[axis] = -1;
        return tf.reshape(values, tf.constant(aligned));
    }

    private static <T extends TType> Operand<T> blocks(NodeContext node, Operand<T> values, long blockSize) {
        Ops tf = node.tf();
        int rank = node.rank(0);
        int axis = Axes.attribute(node, 0, 1);
        Shape shape = values.shape();
        if (shape.numDimensions() != rank) {
            throw node.malformed("blocks need scales with the " + rank + " axes of the input, got " + shape);
        }
        long[] sizes = node.shape(0).asArray();
        for (int i = 0; i < rank; i++) {
            long expected = i == axis && sizes[i] >= 0 ? (sizes[i] + blockSize - 1) / blockSize : sizes[i];
            if (expected >= 0 && shape.get(i) >= 0 && shape.get(i) != expected) {
                throw node.malformed("blocks of " + blockSize + " along axis " + axis + " need " + expected
                        + " scales along axis " + i + ", got " + shape.get(i));
            }
        }
        long[] repeats = new long[rank + 1];
        Arrays.fill(repeats, 1);
        repeats[axis + 1] = blockSize;
        Operand<T> repeated = tf.tile(tf.expandDims(values, tf.constant(axis + 1)), tf.constant(repeats));
        Operand<TInt64> count = tf.math.mul(Dims.size(tf, values, axis), tf.constant(blockSize));
        Operand<T> merged = tf.reshape(repeated, Dims.list(tf, merged(tf, values, axis, count)));
        // The last block may be shorter.
        return tf.slice(merged, tf.constant(new long[rank]), Dims.of(tf, node.input(0)));
    }

    private static List<Operand<TInt64>> merged(Ops tf, Operand<?> values, int axis, Operand<TInt64> count) {
        List<Operand<TInt64>> sizes = new ArrayList<>();
        for (int i = 0; i < values.shape().numDimensions(); i++) {
            sizes.add(i == axis ? count : Dims.size(tf, values, i));
        }
        return sizes;
    }
}
