package org.lsuv.tf.onnximport.ops.microsoft;

import java.util.ArrayList;
import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.lsuv.tf.onnximport.ops.MatrixOps;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Stack;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TNumber;

/**
 * Converts MatMulNBits: a product with a matrix of outputs × inputs in small integers, several to a byte,
 * the lowest bits first. The inputs come in blocks, each with a factor and the integer that stands for zero.
 */
final class MatMulNBitsConverter {
    private static final int ZERO_POINTS = 3;
    private static final int GROUPS = 4;
    private static final int BIAS = 5;

    private final NodeContext node;
    private final Ops tf;
    private final int bits;
    private final int inputs;
    private final int outputs;
    private final int blockSize;
    private final int blocks;

    private MatMulNBitsConverter(NodeContext node) {
        this.node = node;
        this.tf = node.tf();
        this.bits = positive("bits", node.attributes().intOr("bits", 4));
        this.inputs = positive("K", node.attributes().requireInt("K"));
        this.outputs = positive("N", node.attributes().requireInt("N"));
        this.blockSize = positive("block_size", node.attributes().requireInt("block_size"));
        this.blocks = (inputs + blockSize - 1) / blockSize;
        if (bits != 2 && bits != 4 && bits != 8) {
            throw node.unsupported(bits + " bits a number; 2, 4 and 8 are supported");
        }
        if (node.has(GROUPS) || node.attributes().intOr("weight_prepacked", 0) != 0) {
            throw node.unsupported("group indices and weights packed for one kind of device");
        }
    }

    private int positive(String attribute, long value) {
        if (value < 1 || value > Integer.MAX_VALUE / 2) {
            throw node.malformedAttribute(attribute, "expected an integer from 1, got " + value);
        }
        return (int) value;
    }

    static Operand<?> matMulNBits(NodeContext node) {
        return new MatMulNBitsConverter(node).convert();
    }

    private Operand<?> convert() {
        Operand<TNumber> x = node.input(0);
        long packed = node.shape(1).size();
        long expected = (long) outputs * blocks * blockSize * bits / 8;
        if (packed >= 0 && packed != expected) {
            throw node.malformed("the packed matrix has " + packed + " bytes; expected " + expected);
        }
        Operand<TNumber> numbers = unpacked(node.input(1), blocks * blockSize, x.type());
        Operand<TNumber> byBlock = tf.reshape(numbers, tf.constant(new int[] {outputs, blocks, blockSize}));
        Operand<TNumber> centred = tf.math.sub(byBlock, zeroPoints(x));
        Operand<TNumber> scaled = tf.math.mul(centred, perBlock(ElementTypes.as(tf, node.input(2), x.type())));
        Operand<TNumber> padded = tf.reshape(scaled, tf.constant(new int[] {outputs, blocks * blockSize}));
        Operand<TNumber> matrix = tf.slice(padded, tf.constant(new int[2]), tf.constant(new int[] {outputs, inputs}));
        Operand<TNumber> product =
                node.linear(MatrixOps.matMul(node, x, tf.linalg.transpose(matrix, tf.constant(new int[] {1, 0}))));
        return node.has(BIAS) ? tf.math.add(product, node.<TNumber>input(BIAS)) : product;
    }

    private Operand<TNumber> perBlock(Operand<TNumber> values) {
        return tf.reshape(values, tf.constant(new int[] {outputs, blocks, 1}));
    }

    private Operand<TNumber> zeroPoints(Operand<TNumber> x) {
        if (!node.has(ZERO_POINTS)) {
            return ElementTypes.scalar(tf, x, 1 << (bits - 1));
        }
        Operand<TNumber> given = node.input(ZERO_POINTS);
        return perBlock(
                ElementTypes.is(given, TUint8.class)
                        ? unpacked(given, blocks, x.type())
                        : ElementTypes.as(tf, given, x.type()));
    }

    /** Returns rows of this many numbers; rows of bytes may hold more. */
    private Operand<TNumber> unpacked(Operand<TNumber> packed, int count, Class<? extends TNumber> type) {
        Operand<TInt32> bytes = tf.dtypes.cast(packed, TInt32.class);
        List<Operand<TInt32>> parts = new ArrayList<>();
        for (int shift = 0; shift < 8; shift += bits) {
            Operand<TInt32> shifted = tf.math.floorDiv(bytes, tf.constant(1 << shift));
            parts.add(tf.math.floorMod(shifted, tf.constant(1 << bits)));
        }
        Operand<TInt32> rows = tf.reshape(tf.stack(parts, Stack.axis(-1L)), tf.constant(new int[] {outputs, -1}));
        Operand<TInt32> wanted = tf.slice(rows, tf.constant(new int[2]), tf.constant(new int[] {outputs, count}));
        return NodeContext.cast(tf.dtypes.cast(wanted, type));
    }
}
