package org.lsuv.tf.onnximport.ops.image;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Operand;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.StridedSlice;
import org.tensorflow.types.family.TType;

/** Computes something for each item alone, where what is computed has another size for each. */
final class EachItem {
    private EachItem() {}

    /** Builds what is computed for one item. */
    @FunctionalInterface
    interface Body {
        /**
         * Returns the results of one item.
         *
         * @param items the slices of one item
         * @param shared what is the same for all
         */
        List<Operand<?>> apply(Ops tf, List<Operand<?>> items, List<Operand<?>> shared);
    }

    /**
     * Returns the results of all items, stacked.
     *
     * @param items what is sliced along its first axis; all of one length there
     * @param shared what the body reads besides
     * @param shapes the shapes of one item's results, which have to be of one size for all items
     */
    static List<Operand<?>> map(
            Ops tf, List<Operand<?>> items, List<Operand<?>> shared, List<Shape> shapes, Body body) {
        boolean someUnknown = shapes.stream().anyMatch(Shape::hasUnknownDimension);
        boolean mayBeNone = items.get(0).shape().get(0) < 1;
        if (!someUnknown || !mayBeNone) {
            return mapSome(tf, items, shared, shapes, body);
        }
        // TensorFlow cannot tell what shape no items at all would have: one more is added and cut off again.
        List<Operand<?>> longer = new ArrayList<>();
        items.forEach(item -> longer.add(withZero(tf, item)));
        List<Operand<?>> results = new ArrayList<>();
        mapSome(tf, longer, shared, shapes, body).forEach(result -> results.add(withoutLast(tf, result)));
        return results;
    }

    private static Operand<?> withZero(Ops tf, Operand<?> items) {
        int[][] paddings = new int[items.shape().numDimensions()][2];
        paddings[0][1] = 1;
        Operand<TType> padded = NodeContext.cast(items);
        return tf.pad(padded, tf.constant(paddings), tf.dtypes.cast(tf.constant(0), padded.type()));
    }

    private static Operand<?> withoutLast(Ops tf, Operand<?> results) {
        int rank = results.shape().numDimensions();
        int[] end = new int[rank];
        end[0] = -1;
        int[] step = new int[rank];
        Arrays.fill(step, 1);
        return tf.stridedSlice(
                NodeContext.<TType>cast(results),
                tf.constant(new int[rank]),
                tf.constant(end),
                tf.constant(step),
                StridedSlice.endMask(((1L << rank) - 1) & ~1L));
    }

    private static List<Operand<?>> mapSome(
            Ops tf, List<Operand<?>> items, List<Operand<?>> shared, List<Shape> shapes, Body body) {
        List<Class<? extends TType>> types = new ArrayList<>();
        try (ConcreteFunction function = ConcreteFunction.create(inner -> {
            Signature.Builder signature = Signature.builder().key("each_item");
            List<Operand<?>> slices = new ArrayList<>();
            for (Operand<?> item : items) {
                long[] sizes = item.shape().asArray();
                slices.add(parameter(inner, item.type(), Shape.of(Arrays.copyOfRange(sizes, 1, sizes.length))));
            }
            List<Operand<?>> constants = new ArrayList<>();
            shared.forEach(value -> constants.add(parameter(inner, value.type(), value.shape())));
            List<Operand<?>> results = body.apply(inner, slices, constants);
            slices.forEach(slice -> signature.input("item" + slice.op().name(), slice));
            constants.forEach(
                    constant -> signature.input("shared" + constant.op().name(), constant));
            for (int i = 0; i < results.size(); i++) {
                signature.output("result" + i, results.get(i));
                types.add(results.get(i).type());
            }
            return signature.build();
        })) {
            return Collections.unmodifiableList(new ArrayList<>(
                    tf.mapDefun(items, shared, types, shapes, function).output()));
        }
    }

    private static <T extends TType> Operand<T> parameter(Ops tf, Class<T> type, Shape shape) {
        return tf.placeholder(type, Placeholder.shape(shape));
    }
}
