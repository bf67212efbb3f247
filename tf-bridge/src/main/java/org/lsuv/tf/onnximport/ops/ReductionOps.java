package org.lsuv.tf.onnximport.ops;

import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.index.Indices;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Max;
import org.tensorflow.op.core.Min;
import org.tensorflow.op.core.Prod;
import org.tensorflow.op.core.ReduceAll;
import org.tensorflow.op.core.ReduceAny;
import org.tensorflow.op.core.Sum;
import org.tensorflow.op.math.Cumprod;
import org.tensorflow.op.math.Cumsum;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;

/** Converts reductions over axes, and running sums. */
final class ReductionOps {
    private ReductionOps() {}

    static void addTo(OpRegistry.Table ops) {
        reduction(ops, "ReduceSum", 13, ReductionOps::sum);
        reduction(ops, "ReduceMean", 18, (tf, x, over) -> tf.math.mean(x, over.axes(), Mean.keepDims(over.keep())));
        reduction(ops, "ReduceMax", 18, ReductionOps::max);
        reduction(ops, "ReduceMin", 18, ReductionOps::min);
        reduction(ops, "ReduceProd", 18, (tf, x, over) -> tf.prod(x, over.axes(), Prod.keepDims(over.keep())));
        reduction(ops, "ReduceL1", 18, ReductionOps::l1);
        reduction(ops, "ReduceL2", 18, ReductionOps::l2);
        reduction(ops, "ReduceLogSum", 18, ReductionOps::logSum);
        reduction(ops, "ReduceLogSumExp", 18, ReductionOps::logSumExp);
        reduction(ops, "ReduceSumSquare", 18, ReductionOps::sumSquare);
        ops.one("ArgMax", 1, node -> first(node, x -> node.tf().math.argMax(x, axis(node))));
        ops.one("ArgMax", 12, node -> chosen(node, x -> node.tf().math.argMax(x, axis(node))));
        ops.one("ArgMin", 1, node -> first(node, x -> node.tf().math.argMin(x, axis(node))));
        ops.one("ArgMin", 12, node -> chosen(node, x -> node.tf().math.argMin(x, axis(node))));
        ops.one("CumSum", 11, Narrowing.wrapped(ReductionOps::cumSum));
        ops.one("CumProd", 26, Narrowing.wrapped(ReductionOps::cumProd));
    }

    /**
     * Says what is reduced.
     *
     * @param axes the axes that are reduced
     * @param keep whether they stay as dimensions of size 1
     */
    private record Over(Operand<TInt64> axes, boolean keep) {}

    @FunctionalInterface
    private interface Reduction {
        Operand<?> apply(Ops tf, Operand<TNumber> x, Over over);
    }

    /** Registers a reduction whose axes are an attribute at first and an input from a version on. */
    private static void reduction(OpRegistry.Table ops, String op, int axesInputSince, Reduction reduction) {
        ops.one(op, 1, node -> reduced(node, reduction, over(node, attributeAxes(node))));
        ops.one(op, axesInputSince, node -> reduced(node, reduction, over(node, inputAxes(node))));
    }

    private static Operand<?> reduced(NodeContext node, Reduction reduction, Over over) {
        Ops tf = node.tf();
        if (node.node().is("ReduceMax") || node.node().is("ReduceMin")) {
            Operand<?> result = reduction.apply(tf, Unsigned64.comparable(node, node.input(0)), over);
            return Unsigned64.comparable(node, NodeContext.cast(result));
        }
        return Narrowing.integer(tf, reduction.apply(tf, node.input(0), over), node.type(0));
    }

    private static Over over(NodeContext node, Operand<TInt64> axes) {
        return new Over(axes, node.attributes().intOr("keepdims", 1) != 0);
    }

    private static Operand<TInt64> attributeAxes(NodeContext node) {
        long[] axes = node.attributes().ints("axes").orElse(new long[0]);
        return axes.length == 0 ? all(node) : checked(node, axes);
    }

    /** With no axes at all, {@code noop_with_empty_axes} chooses between none and every one of them. */
    private static Operand<TInt64> inputAxes(NodeContext node) {
        boolean noneIfEmpty = node.attributes().flag("noop_with_empty_axes");
        if (!node.has(1)) {
            return noneIfEmpty ? node.tf().constant(new long[0]) : all(node);
        }
        if (node.constant(1).isPresent()) {
            long[] axes = node.constantLongs(1);
            return axes.length == 0 && !noneIfEmpty ? all(node) : checked(node, axes);
        }
        Shape shape = node.shape(1);
        if (shape.hasUnknownDimension() && !noneIfEmpty) {
            throw node.unsupported("the number of axes is not known before the graph runs");
        }
        return !noneIfEmpty && shape.size() == 0 ? all(node) : node.input(1);
    }

    private static Operand<TInt64> all(NodeContext node) {
        Ops tf = node.tf();
        if (node.shape(0).isUnknown()) {
            return tf.range(tf.constant(0L), tf.dtypes.cast(tf.rank(node.input(0)), TInt64.class), tf.constant(1L));
        }
        return tf.constant(LongStream.range(0, node.rank(0)).toArray());
    }

    private static Operand<TInt64> checked(NodeContext node, long[] axes) {
        if (!node.shape(0).isUnknown()) {
            int rank = node.rank(0);
            long[] positions = LongStream.of(axes)
                    .map(axis -> axis < 0 ? axis + rank : axis)
                    .distinct()
                    .toArray();
            if (positions.length < axes.length) {
                throw node.malformed("the axes name one dimension twice");
            }
            for (int i = 0; i < axes.length; i++) {
                if (positions[i] < 0 || positions[i] >= rank) {
                    throw node.malformed("axis " + axes[i] + " is outside of an input of rank " + rank);
                }
            }
        }
        return node.tf().constant(axes);
    }

    private static Operand<TNumber> sum(Ops tf, Operand<TNumber> x, Over over) {
        return tf.sum(x, over.axes(), Sum.keepDims(over.keep()));
    }

    private static Operand<?> max(Ops tf, Operand<TNumber> x, Over over) {
        return ElementTypes.is(x, TBool.class)
                ? tf.reduceAny(NodeContext.cast(x), over.axes(), ReduceAny.keepDims(over.keep()))
                : tf.max(x, over.axes(), Max.keepDims(over.keep()));
    }

    private static Operand<?> min(Ops tf, Operand<TNumber> x, Over over) {
        return ElementTypes.is(x, TBool.class)
                ? tf.reduceAll(NodeContext.cast(x), over.axes(), ReduceAll.keepDims(over.keep()))
                : tf.min(x, over.axes(), Min.keepDims(over.keep()));
    }

    private static Operand<?> l1(Ops tf, Operand<TNumber> x, Over over) {
        return sum(tf, tf.math.abs(x), over);
    }

    private static Operand<?> l2(Ops tf, Operand<TNumber> x, Over over) {
        return ElementTypes.floating(tf, x, values -> tf.math.sqrt(sumSquare(tf, values, over)));
    }

    private static Operand<?> logSum(Ops tf, Operand<TNumber> x, Over over) {
        return ElementTypes.floating(tf, x, values -> tf.math.log(sum(tf, values, over)));
    }

    private static Operand<TNumber> sumSquare(Ops tf, Operand<TNumber> x, Over over) {
        return sum(tf, tf.math.square(x), over);
    }

    private static Operand<?> logSumExp(Ops tf, Operand<TNumber> x, Over over) {
        return ElementTypes.floating(tf, x, values -> {
            Operand<TNumber> max = tf.max(values, over.axes(), Max.keepDims(true));
            // Subtracting the maximum keeps exp finite; an infinite one (or that of nothing) must stay out.
            Operand<TNumber> shift = tf.stopGradient(tf.select(tf.math.isFinite(max), max, tf.zerosLike(max)));
            Operand<TNumber> sum = tf.sum(tf.math.exp(tf.math.sub(values, shift)), over.axes(), Sum.keepDims(true));
            Operand<TNumber> result = tf.math.add(tf.math.log(sum), shift);
            return over.keep() ? result : sum(tf, result, over);
        });
    }

    private static Operand<TInt64> axis(NodeContext node) {
        return node.tf().constant((long) Axes.attribute(node, 0, 0));
    }

    private static Operand<?> first(NodeContext node, UnaryOperator<Operand<?>> position) {
        return kept(node, NodeContext.cast(position.apply(Unsigned64.comparable(node, node.input(0)))));
    }

    private static Operand<?> chosen(NodeContext node, UnaryOperator<Operand<?>> position) {
        if (!node.attributes().flag("select_last_index")) {
            return first(node, position);
        }
        Ops tf = node.tf();
        Operand<TNumber> x = Unsigned64.comparable(node, node.input(0));
        int axis = Axes.attribute(node, 0, 0);
        // The last of equal values is the first one counted from the end.
        Operand<TInt64> fromEnd = NodeContext.cast(position.apply(tf.reverse(x, tf.constant(new int[] {axis}))));
        Operand<TInt64> size = tf.stridedSlice(tf.shape(x, TInt64.class), Indices.at(axis));
        return kept(node, tf.math.sub(tf.math.sub(size, tf.constant(1L)), fromEnd));
    }

    private static Operand<?> kept(NodeContext node, Operand<TInt64> position) {
        boolean keep = node.attributes().intOr("keepdims", 1) != 0;
        return keep ? node.tf().expandDims(position, axis(node)) : position;
    }

    private static Operand<?> cumSum(NodeContext node) {
        Operand<TNumber> x = node.input(0);
        return node.tf()
                .math
                .cumsum(
                        x,
                        cumulatedAxis(node),
                        Cumsum.exclusive(node.attributes().flag("exclusive")),
                        Cumsum.reverse(node.attributes().flag("reverse")));
    }

    /** The axis is one number, which some exporters write as a list. */
    private static Operand<TNumber> cumulatedAxis(NodeContext node) {
        Ops tf = node.tf();
        return tf.reshape(node.<TNumber>input(1), tf.constant(new long[0]));
    }

    private static Operand<?> cumProd(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> axis = cumulatedAxis(node);
        return ElementTypes.signed(
                tf,
                node.input(0),
                x -> tf.math.cumprod(
                        x,
                        axis,
                        Cumprod.exclusive(node.attributes().flag("exclusive")),
                        Cumprod.reverse(node.attributes().flag("reverse"))));
    }
}
