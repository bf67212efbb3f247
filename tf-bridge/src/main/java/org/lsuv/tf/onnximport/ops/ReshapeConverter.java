package org.lsuv.tf.onnximport.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/** Converts Reshape: −1 is inferred, and 0 keeps the size at its place unless {@code allowzero} is set. */
final class ReshapeConverter {
    private static final long UNKNOWN = NodeContext.UNKNOWN_SIZE;

    private final NodeContext node;
    private final Ops tf;
    private final Operand<TType> x;
    private final boolean zeroKeeps;

    private ReshapeConverter(NodeContext node, boolean zeroKeeps) {
        this.node = node;
        this.tf = node.tf();
        this.x = node.input(0);
        this.zeroKeeps = zeroKeeps;
    }

    static Operand<?> reshape1(NodeContext node) {
        return new ReshapeConverter(node, true).reshape(node.attributes().requireInts("shape"));
    }

    static Operand<?> reshape5(NodeContext node) {
        Shape target = node.shape(1);
        if (target.isUnknown() || target.numDimensions() != 1 || target.get(0) < 0) {
            throw node.unsupported("the number of sizes in \"" + node.node().input(1) + "\" is not known, but is "
                    + target + "; expected a list of known length");
        }
        long[] open = LongStream.generate(() -> UNKNOWN).limit(target.get(0)).toArray();
        boolean zeroKeeps = node.opset() < 14 || !node.attributes().flag("allowzero");
        return new ReshapeConverter(node, zeroKeeps).reshape(node.sizes(1).orElse(open));
    }

    private Operand<?> reshape(long[] target) {
        if (LongStream.of(target).anyMatch(size -> size < -1 && size != UNKNOWN)
                || LongStream.of(target).filter(size -> size == -1).count() > 1) {
            throw node.malformed("expected sizes of −1 (once), 0 or more, got " + Arrays.toString(target));
        }
        long[] sizes = target.clone();
        Arrays.setAll(sizes, i -> zeroKeeps && target[i] == 0 ? kept(i) : target[i]);
        return tf.reshape(x, fixed(sizes).orElseGet(() -> computed(target, sizes)));
    }

    private long kept(int position) {
        int rank = node.rank(0);
        if (position >= rank) {
            throw node.malformed("size " + position + " is to be kept, but input \""
                    + node.node().input(0) + "\" is of rank " + rank);
        }
        long size = x.shape().get(position);
        return size < 0 ? UNKNOWN : size;
    }

    /** Returns the shape as a constant, where at most one size is open: TensorFlow infers that one. */
    private Optional<Operand<TInt64>> fixed(long[] sizes) {
        long open = LongStream.of(sizes).filter(size -> size < 0).count();
        boolean empty = LongStream.of(sizes).anyMatch(size -> size == 0);
        return open > 1 || (open == 1 && empty)
                ? Optional.empty()
                : Optional.of(tf.constant(
                        LongStream.of(sizes).map(size -> Math.max(size, -1)).toArray()));
    }

    private Operand<TInt64> computed(long[] target, long[] sizes) {
        List<Operand<TInt64>> elements = new ArrayList<>();
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] != UNKNOWN) {
                elements.add(tf.constant(sizes[i]));
            } else if (target[i] == 0) {
                elements.add(Dims.size(tf, x, i));
            } else {
                Operand<TInt64> size = Dims.element(tf, node.input(1), i);
                boolean mayKeep = zeroKeeps && !x.shape().isUnknown() && i < node.rank(0);
                elements.add(
                        mayKeep ? tf.select(tf.math.equal(size, tf.constant(0L)), Dims.size(tf, x, i), size) : size);
            }
        }
        return Dims.list(tf, elements);
    }
}
