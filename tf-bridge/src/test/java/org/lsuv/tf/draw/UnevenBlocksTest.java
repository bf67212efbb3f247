package org.lsuv.tf.draw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lsuv.onnx.OnnxType.FLOAT;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.onnximport.ImportOptions;
import org.lsuv.tf.onnximport.OnnxImporter;
import org.lsuv.tf.onnximport.TestModels;

/** Draws a product whose output is taken apart in blocks of different sizes, as grouped-query attention does. */
class UnevenBlocksTest {
    private static final int IN = 40;
    private static final int[] SIZES = {48, 16, 8};

    private static OnnxModel model(boolean outFirst) {
        OnnxTensor weight =
                OnnxTensor.ofFloats("qkv", outFirst ? new long[] {72, IN} : new long[] {IN, 72}, new float[72 * IN]);
        return TestModels.opset(17)
                .input("x", FLOAT, 2, IN)
                .initializer(weight)
                .initializer(OnnxTensor.ofLongs("sizes", new long[] {3}, new long[] {48, 16, 8}))
                .node("Gemm", "x,qkv", "packed", "transB", outFirst ? 1 : 0)
                .node("Split", "packed,sizes", "q,k,v", "axis", 1)
                .build("q", "k", "v");
    }

    @ParameterizedTest
    @CsvSource({"ORTHONORMAL, true", "ORTHONORMAL, false", "ORTHONORMAL_SVD, true", "DELTA_ORTHOGONAL, false"})
    void eachBlockIsOrthonormalByItself(Initializer initializer, boolean outFirst) {
        TfModel model = OnnxImporter.load(model(outFirst), ImportOptions.defaults());
        double[] values;
        try (Draws draws = new Draws(model.graph(), 5, TfOptions.defaults())) {
            values = draws.weight(initializer, model.layers().get(0)).toDoubles();
        }
        int from = 0;
        for (int size : SIZES) {
            int first = from;
            double[] rows = new double[size * IN];
            Arrays.setAll(rows, i -> values[outFirst ? first * IN + i : i % IN * 72 + first + i / IN]);

            assertThat(OrthonormalTest.error(rows, size, IN)).isLessThan(1e-5);
            from += size;
        }
    }
}
