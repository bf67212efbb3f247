package org.lsuv.tf.onnximport.ops;

import org.lsuv.onnx.ConstantNode;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.HostTensors;
import org.lsuv.tf.TfTypes;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.index.Indices;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/** Converts constants and generators. */
final class ConstantOps {
    private ConstantOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.one("Constant", 1, ConstantOps::constant);
        ops.one("ConstantOfShape", 9, ConstantOps::constantOfShape);
        ops.one("Range", 11, ConstantOps::range);
        ops.one("EyeLike", 9, ConstantOps::eyeLike);
    }

    private static Operand<?> constant(NodeContext node) {
        return node.stored(ConstantNode.value(node.node()).orElseThrow());
    }

    private static Operand<?> constantOfShape(NodeContext node) {
        Ops tf = node.tf();
        OnnxTensor value =
                node.attributes().tensor("value").orElseGet(() -> OnnxTensor.ofFloats("value", new long[] {1}, 0));
        if (value.elementCount() != 1) {
            throw node.malformedAttribute("value", "expected one element, got " + value.elementCount());
        }
        if (node.constant(0).isPresent()) {
            checkShape(node, node.constantLongs(0));
        }
        try (Tensor scalar = HostTensors.toTensorFlow(value.withShape())) {
            return node.typed(0, value.type(), tf.fill(node.<TInt64>input(0), tf.constantOf((TType) scalar)));
        }
    }

    /** TensorFlow ends the process when a known shape overflows the count of elements. */
    static void checkShape(NodeContext node, long[] shape) {
        long count = 1;
        for (long size : shape) {
            if (size < 0 || (size > 0 && count > Long.MAX_VALUE / size)) {
                throw node.malformed("shape " + OnnxShape.text(shape) + " has a negative size or too many elements");
            }
            count *= Math.max(size, 1);
        }
    }

    private static Operand<?> range(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> start = scalar(node, 0);
        Operand<TNumber> limit = scalar(node, 1);
        Operand<TNumber> delta = scalar(node, 2);
        // A limit on the wrong side of the start gives nothing; TensorFlow would refuse it.
        Operand<TNumber> reachable = tf.select(
                tf.math.greater(delta, ElementTypes.scalar(tf, delta, 0)),
                tf.math.maximum(limit, start),
                tf.math.minimum(limit, start));
        return tf.range(start, reachable, delta);
    }

    private static Operand<TNumber> scalar(NodeContext node, int input) {
        return node.tf().reshape(node.input(input), node.tf().constant(new long[0]));
    }

    private static Operand<?> eyeLike(NodeContext node) {
        Ops tf = node.tf();
        if (node.rank(0) != 2) {
            throw node.malformed("expected a matrix, got rank " + node.rank(0));
        }
        Operand<TInt64> shape = tf.shape(node.input(0), TInt64.class);
        Operand<TInt64> rows = upTo(tf, tf.stridedSlice(shape, Indices.at(0)));
        Operand<TInt64> columns = upTo(tf, tf.stridedSlice(shape, Indices.at(1)));
        Operand<TInt64> diagonal =
                tf.math.add(rows, tf.constant(node.attributes().intOr("k", 0)));
        Operand<TBool> ones = tf.math.equal(tf.expandDims(diagonal, tf.constant(1)), columns);
        OnnxType type = node.attributes().has("dtype") ? CastConverter.type(node, "dtype") : node.type(0);
        return node.typed(0, type, tf.dtypes.cast(ones, TfTypes.computeType(type)));
    }

    private static Operand<TInt64> upTo(Ops tf, Operand<TInt64> count) {
        return tf.range(tf.constant(0L), count, tf.constant(1L));
    }
}
