package org.lsuv.tf.onnximport.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TNumber;

/**
 * Describes the filter of a convolution.
 *
 * @param group the number of groups
 * @param kernel the spatial sizes
 */
record Filter(long group, List<Long> kernel) {

    /** Checks the filter of a node, its second input, against the input and the attributes. */
    static Filter of(NodeContext node, Operand<? extends TNumber> x) {
        return of(node, x, node.input(1));
    }

    /** Checks a filter against the input and the attributes of a node. */
    static Filter of(NodeContext node, Operand<? extends TNumber> x, Operand<? extends TNumber> w) {
        int rank = node.rank(0);
        if (rank < 3 || rank > 5) {
            throw node.unsupported("convolution over " + (rank - 2) + " spatial axes; 1, 2 and 3 are supported");
        }
        if (w.shape().hasUnknownDimension()) {
            throw node.unsupported("the shape of the filter is not known before the graph runs");
        }
        long[] shape = w.shape().asArray();
        if (shape.length != rank) {
            throw node.malformed("the filter has " + shape.length + " axes, the input " + rank);
        }
        List<Long> kernel = LongStream.of(shape).skip(2).boxed().toList();
        if (node.attributes().has("kernel_shape")
                && !Window.kernelShape(node, rank - 2).equals(kernel)) {
            throw node.malformedAttribute(
                    "kernel_shape",
                    "expected " + kernel + " as the filter has, got " + Window.kernelShape(node, rank - 2));
        }
        long group = node.attributes().intOr("group", 1);
        if (group < 1) {
            throw node.malformedAttribute("group", "expected an integer from 1, got " + group);
        }
        if (!x.type().equals(w.type())) {
            throw node.malformed("input and filter differ in type");
        }
        return new Filter(group, kernel);
    }

    /**
     * Returns the filter (space × input × output) with zeros between its taps, for kernels without
     * dilation.
     */
    static <T extends TNumber> Operand<T> dilated(Ops tf, Operand<T> filter, Window window) {
        Operand<T> result = filter;
        for (int axis = 0; axis < window.rank(); axis++) {
            long dilation = window.dilations().get(axis);
            if (dilation == 1 || window.kernel().get(axis) == 1) {
                continue;
            }
            long[] shape = result.shape().asArray();
            int[][] paddings = new int[shape.length + 1][2];
            paddings[axis + 1][1] = Math.toIntExact(dilation - 1);
            Operand<T> spread = tf.pad(
                    tf.expandDims(result, tf.constant(axis + 1)), tf.constant(paddings), tf.constant(result.type(), 0));
            List<Long> sizes = new ArrayList<>(LongStream.of(shape).boxed().toList());
            sizes.set(axis, shape[axis] * dilation);
            Operand<T> merged = tf.reshape(spread, tf.constant(array(sizes)));
            sizes.set(axis, window.extent(axis));
            result = tf.slice(merged, tf.constant(new long[shape.length]), tf.constant(array(sizes)));
        }
        return result;
    }

    private static long[] array(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).toArray();
    }
}
