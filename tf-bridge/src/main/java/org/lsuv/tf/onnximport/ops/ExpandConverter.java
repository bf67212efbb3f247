package org.lsuv.tf.onnximport.ops;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.LongStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/** Converts Expand, whose target is broadcast with the input: a size of 1 in it keeps the input's. */
final class ExpandConverter {
    private ExpandConverter() {}

    static Operand<?> expand(NodeContext node) {
        Ops tf = node.tf();
        Operand<TType> x = node.input(0);
        Operand<TInt64> target = node.input(1);
        long[] result = node.sizes(1)
                .filter(sizes -> !x.shape().isUnknown())
                .map(sizes -> broadcast(node, x.shape(), sizes))
                .orElse(new long[0]);
        boolean fixed = result.length > 0 && LongStream.of(result).allMatch(size -> size >= 0);
        if (fixed) {
            return tf.broadcastTo(x, tf.constant(result));
        }
        Operand<TType> expanded = tf.broadcastTo(x, tf.broadcastDynamicShape(Dims.of(tf, x), target));
        return result.length > 0 ? Dims.known(tf, expanded, result) : expanded;
    }

    private static long[] broadcast(NodeContext node, Shape from, long[] target) {
        long[] result = new long[Math.max(from.numDimensions(), target.length)];
        for (int back = 1; back <= result.length; back++) {
            long own = back <= from.numDimensions() ? from.get(from.numDimensions() - back) : 1;
            long asked = back <= target.length ? target[target.length - back] : 1;
            result[result.length - back] = broadcast(own, asked)
                    .orElseThrow(() ->
                            node.malformed("shape " + from + " cannot be expanded to " + Arrays.toString(target)));
        }
        return result;
    }

    private static Optional<Long> broadcast(long own, long asked) {
        if (own == asked || asked == 1) {
            return Optional.of(Math.max(own, -1));
        } else if (own == 1) {
            return Optional.of(Math.max(asked, -1));
        } else if (own < 0) {
            return Optional.of(Math.max(asked, -1));
        }
        return asked == NodeContext.UNKNOWN_SIZE ? Optional.of(own) : Optional.empty();
    }
}
