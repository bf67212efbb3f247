package org.lsuv.tf.onnxexport;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lsuv.tf.onnxexport.ElementwiseExportTest.integers;
import static org.lsuv.tf.onnxexport.ExportCase.draw;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.DenseBincount;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TNumber;

/** What looks at the bits of integers, counts them, or takes them for places. */
class IntegerExportTest {
    private enum Integers {
        BYTES(TUint8.class, OnnxType.UINT8),
        INTS(TInt32.class, OnnxType.INT32),
        LONGS(TInt64.class, OnnxType.INT64);

        private final Class<? extends TNumber> type;
        private final OnnxType stored;

        Integers(Class<? extends TNumber> type, OnnxType stored) {
            this.type = type;
            this.stored = stored;
        }

        Operand<? extends TNumber> input(ExportCase net, String name) {
            return net.input(name, type, -1);
        }

        OnnxTensor feed(String name, long... values) {
            return OnnxTensor.ofIntegers(name, stored, new long[] {values.length}, values);
        }
    }

    @ParameterizedTest
    @EnumSource
    void bitsAgree(Integers integers) {
        try (ExportCase net = new ExportCase().opset(18)) {
            Operand<?> x = integers.input(net, "x");
            Operand<?> y = integers.input(net, "y");
            net.output("and", net.operation("BitwiseAnd", x, y).build().output(0));
            net.output("or", net.operation("BitwiseOr", x, y).build().output(0));
            net.output("xor", net.operation("BitwiseXor", x, y).build().output(0));
            net.agrees(integers.feed("x", 0, 5, -7, 100, -128), integers.feed("y", 3, 6, 12, -1, 127));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shiftsKeepTheSign(Integers integers) {
        try (ExportCase net = new ExportCase().opset(13)) {
            Operand<?> x = integers.input(net, "x");
            Operand<?> places = integers.input(net, "places");
            net.output("left", net.operation("LeftShift", x, places).build().output(0));
            net.output("right", net.operation("RightShift", x, places).build().output(0));
            net.output("inverted", net.operation("Invert", x).build().output(0));
            net.agrees(integers.feed("x", 0, 5, -7, 100, -128, -1), integers.feed("places", 3, 6, 1, 0, 2, 7));
        }
    }

    @Test
    void bitsNeedOpset18() {
        try (ExportCase net = new ExportCase()) {
            Operand<?> x = net.input("x", TInt32.class, -1);
            net.output("y", net.operation("BitwiseAnd", x, x).build().output(0));
            assertThatThrownBy(net::export)
                    .isInstanceOf(UnsupportedModelException.class)
                    .hasMessageContaining("needs opset 18 or above");
        }
    }

    @Test
    void numbersAreCounted() {
        try (ExportCase net = new ExportCase().opset(13)) {
            Ops tf = net.tf();
            Operand<TInt32> x = net.input("x", TInt32.class, -1);
            Operand<TFloat32> weights = net.input("weights", 6);
            Operand<TInt32> none = tf.constant(new int[0]);
            net.output("counts", tf.math.bincount(x, tf.constant(5), none));
            net.output("weighted", tf.math.bincount(x, tf.constant(4), weights));
            net.agrees(integers("x", 3, 0, 3, 9, 2, 3), draw("weights", 6));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void numbersOfEachRowAreCounted(boolean binary) {
        try (ExportCase net = new ExportCase().opset(13)) {
            Ops tf = net.tf();
            Operand<TInt32> x = net.input("x", TInt32.class, -1, 3);
            Operand<TFloat32> none = tf.constant(new float[0]);
            net.output("counts", tf.math.denseBincount(x, tf.constant(4), none, DenseBincount.binaryOutput(binary)));
            net.agrees(integers("x", 1, 1, 3, 0, 7, 1).withShape(2, 3));
        }
    }

    @Test
    void sortedSegmentsWithoutElementsAreZero() {
        try (ExportCase net = new ExportCase().opset(18)) {
            Operand<TFloat32> x = net.input("x", -1, 2);
            Operand<TInt32> numbers = net.input("numbers", TInt32.class, -1);
            net.output("most", net.operation("SegmentMax", x, numbers).build().output(0));
            net.output("least", net.operation("SegmentMin", x, numbers).build().output(0));
            net.agrees(draw("x", 5, 2), integers("numbers", 0, 0, 2, 2, 5));
        }
    }

    @Test
    void listedPlacesAreSet() {
        try (ExportCase net = new ExportCase().opset(13)) {
            Ops tf = net.tf();
            Operand<TFloat32> rest = tf.constant(-1f);
            Operand<TInt32> places = net.input("places", TInt32.class, -1, 2);
            Operand<TFloat32> values = net.input("values", -1);
            net.output("matrix", tf.sparse.sparseToDense(places, tf.constant(new int[] {3, 4}), values, rest));
            net.output("same", tf.sparse.sparseToDense(places, tf.constant(new int[] {3, 4}), tf.constant(5f), rest));
            Operand<TInt32> row = tf.constant(new int[] {1, 3});
            net.output("row", tf.sparse.sparseToDense(row, tf.constant(new int[] {6}), values, rest));
            Operand<TInt32> one = tf.constant(4);
            net.output("one", tf.sparse.sparseToDense(one, tf.constant(new int[] {6}), tf.constant(2f), rest));
            net.agrees(integers("places", 0, 1, 2, 3).withShape(2, 2), draw("values", 2));
        }
    }
}
