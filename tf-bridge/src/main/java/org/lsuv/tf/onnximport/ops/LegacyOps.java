package org.lsuv.tf.onnximport.ops;

import java.util.List;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TNumber;

/**
 * Converts the experimental operators that ONNX had in its first years and files of that time contain.
 * They were never given versions of their own.
 */
final class LegacyOps {
    private LegacyOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.one("Affine", 1, node -> affine(node, attribute(node, "alpha", 1), attribute(node, "beta", 0)));
        ops.one("Scale", 1, node -> node.tf().math.mul(number(node), attribute(node, "scale", 1)));
        ops.one("ImageScaler", 1, LegacyOps::imageScaler);
        ops.one("Crop", 1, LegacyOps::crop);
        ops.one("ParametricSoftplus", 1, LegacyOps::parametricSoftplus);
        ops.one("ScaledTanh", 1, LegacyOps::scaledTanh);
        ops.one("GivenTensorFill", 1, LegacyOps::givenTensorFill);
        ops.one("DynamicSlice", 1, SliceConverter::slice10);
    }

    private static Operand<TNumber> number(NodeContext node) {
        return node.input(0);
    }

    private static Operand<TNumber> attribute(NodeContext node, String name, float defaultValue) {
        return node.tf().constant(number(node).type(), node.attributes().floatOr(name, defaultValue));
    }

    private static Operand<TNumber> affine(NodeContext node, Operand<TNumber> factor, Operand<TNumber> offset) {
        return node.tf().math.add(node.tf().math.mul(number(node), factor), offset);
    }

    private static Operand<TNumber> imageScaler(NodeContext node) {
        Ops tf = node.tf();
        int rank = node.rank(0);
        float[] bias = node.attributes().floats("bias").orElse(new float[] {0});
        long channels = rank < 2 ? 0 : node.shape(0).get(1);
        if (rank < 2 || (channels >= 0 && bias.length != 1 && bias.length != channels)) {
            throw node.malformedAttribute("bias", bias.length + " numbers for an input of the shape " + node.shape(0));
        }
        Operand<TNumber> offset = tf.dtypes.cast(tf.constant(bias), number(node).type());
        return affine(node, attribute(node, "scale", 1), Channels.along(tf, offset, rank));
    }

    /** Cuts the left, top, right and bottom border off; or keeps a given height and width from the left and top. */
    private static Operand<TNumber> crop(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> x = number(node);
        if (node.rank(0) != 4) {
            throw node.malformed("expected images of rank 4, got shape " + node.shape(0));
        }
        long[] border = node.attributes().requireInts("border");
        long[] kept = node.attributes().ints("scale").orElse(new long[0]);
        if (border.length != 4) {
            throw node.malformedAttribute("border", "expected left, top, right and bottom, got " + border.length);
        }
        if (kept.length != 0 && kept.length != 2) {
            throw node.malformedAttribute("scale", "expected height and width, got " + kept.length + " integers");
        }
        Size height = kept.length == 0 ? Size.of(tf, x, 2).plus(-border[1] - border[3]) : Size.of(tf, kept[0]);
        Size width = kept.length == 0 ? Size.of(tf, x, 3).plus(-border[0] - border[2]) : Size.of(tf, kept[1]);
        checkInside(node, 2, border[1], height);
        checkInside(node, 3, border[0], width);
        return tf.slice(
                x,
                tf.constant(new int[] {0, 0, Math.toIntExact(border[1]), Math.toIntExact(border[0])}),
                Size.vector(tf, List.of(Size.of(tf, x, 0), Size.of(tf, x, 1), height, width)));
    }

    private static void checkInside(NodeContext node, int axis, long start, Size size) {
        long all = node.shape(0).get(axis);
        long kept = size.known().orElse(0);
        if (start < 0 || kept < 0 || (all >= 0 && start + kept > all)) {
            throw node.malformed(
                    "a crop of " + kept + " from " + start + " leaves axis " + axis + " of shape " + node.shape(0));
        }
    }

    private static Operand<TNumber> parametricSoftplus(NodeContext node) {
        Ops tf = node.tf();
        return tf.math.mul(
                required(node, "alpha"), tf.math.softplus(tf.math.mul(required(node, "beta"), number(node))));
    }

    private static Operand<TNumber> scaledTanh(NodeContext node) {
        Ops tf = node.tf();
        return tf.math.mul(required(node, "alpha"), tf.math.tanh(tf.math.mul(required(node, "beta"), number(node))));
    }

    /** Some versions of these operators gave their factors no default value. */
    private static Operand<TNumber> required(NodeContext node, String name) {
        if (!node.attributes().has(name)) {
            throw node.malformedAttribute(name, "expected a number, but it is missing");
        }
        return attribute(node, name, 1);
    }

    private static Operand<?> givenTensorFill(NodeContext node) {
        float[] values = node.attributes().floats("values").orElse(new float[0]);
        if (node.has(0) || !node.attributes().has("shape")) {
            throw node.unsupported("only the form with the attribute \"shape\" is supported");
        }
        long[] shape = node.attributes().requireInts("shape");
        long count = 1;
        for (long size : shape) {
            count = size < 0 || size > Integer.MAX_VALUE ? -1 : count * size;
        }
        if (count != values.length) {
            throw node.malformedAttribute(
                    "values",
                    "expected a value for each element of shape " + OnnxShape.text(shape) + ", got " + values.length);
        }
        return node.stored(OnnxTensor.ofFloats("values", shape, values));
    }
}
