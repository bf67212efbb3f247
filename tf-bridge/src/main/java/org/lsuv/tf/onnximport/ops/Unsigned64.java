package org.lsuv.tf.onnximport.ops;

import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.OperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/**
 * Computes unsigned integers of 64 bits. TensorFlow has kernels for them, but its Java API has no class:
 * between two operations they are held as int64 with the same bits.
 */
final class Unsigned64 {
    private Unsigned64() {}

    /** Applies a TensorFlow operation whose operands and result have one type, {@code T}. */
    static Operand<TInt64> apply(Ops tf, String operation, Operand<?>... operands) {
        return bits(tf, call(tf, operation, operands));
    }

    /** Applies a comparison. */
    static Operand<TBool> compare(Ops tf, String operation, Operand<?> left, Operand<?> right) {
        return NodeContext.cast(call(tf, operation, left, right));
    }

    /** Returns the nearest values in another type. */
    static <T extends TType> Operand<T> to(Ops tf, Operand<?> bits, Class<T> type) {
        OperationBuilder cast = builder(tf, "Cast")
                .addInput(unsigned(tf, bits))
                .setAttr(
                        "DstT",
                        tf.zeros(tf.constant(new int[0]), type).asOutput().dataType());
        return NodeContext.cast(cast.build().output(0));
    }

    /** Returns numbers as unsigned ones: fractions cut off, integers by their bits. */
    static Operand<TInt64> from(Ops tf, Operand<? extends TType> numbers) {
        OperationBuilder cast = builder(tf, "Cast").addInput(numbers.asOutput()).setAttr("DstT", DataType.DT_UINT64);
        return bits(tf, cast.build().output(0));
    }

    /**
     * Returns an input such that signed comparison orders it: unsigned 64-bit integers with the highest bit
     * turned over, any other as it is. The inverse of itself.
     */
    static Operand<TNumber> comparable(NodeContext node, Operand<TNumber> value) {
        Ops tf = node.tf();
        return node.type(0) == OnnxType.UINT64
                ? tf.bitwise.bitwiseXor(value, NodeContext.cast(tf.constant(Long.MIN_VALUE)))
                : value;
    }

    static Operand<TFloat64> toDouble(Ops tf, Operand<? extends TNumber> bits) {
        return to(tf, bits, TFloat64.class);
    }

    private static Output<?> call(Ops tf, String operation, Operand<?>... operands) {
        OperationBuilder builder = builder(tf, operation);
        for (Operand<?> operand : operands) {
            builder.addInput(unsigned(tf, operand));
        }
        return builder.build().output(0);
    }

    private static Output<?> unsigned(Ops tf, Operand<?> bits) {
        return bitcast(tf, bits.asOutput(), DataType.DT_UINT64);
    }

    private static Operand<TInt64> bits(Ops tf, Output<?> unsigned) {
        return NodeContext.cast(bitcast(tf, unsigned, DataType.DT_INT64));
    }

    private static Output<?> bitcast(Ops tf, Output<?> operand, DataType type) {
        return builder(tf, "Bitcast")
                .addInput(operand)
                .setAttr("type", type)
                .build()
                .output(0);
    }

    private static OperationBuilder builder(Ops tf, String operation) {
        return tf.scope().opBuilder(operation, operation);
    }
}
