package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lsuv.tf.onnximport.OrtReference.assertClose;
import static org.lsuv.tf.onnximport.OrtReference.draw;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class FusedTensorOpsTest {
    private static final String DOMAIN = "com.microsoft.";
    private static final double TOLERANCE = 1e-5;

    @ParameterizedTest
    @CsvSource({"Gelu, x", "BiasGelu, 'x,b'", "FastGelu, x", "FastGelu, 'x,b'", "QuickGelu, x"})
    void gelusAgreeWithRuntime(String op, String inputs) {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, -1, 20)
                .initializer(draw("b", 20))
                .node(DOMAIN + op, inputs, "y")
                .build("y");
        assertClose(model, TOLERANCE, draw("x", 2, 3, 20));
    }

    @Test
    void splitGeluGatesItsFirstHalf() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 1, 4)
                .initializer(OnnxTensor.ofFloats("b", new long[] {4}, 1, 1, 0, 0))
                .node(DOMAIN + "BiasSplitGelu", "x,b", "y")
                .build("y");
        double[] y = TestModels.run(model, OnnxTensor.ofFloats("x", new long[] {1, 1, 4}, 2, 3, 1, 40))
                .get(0)
                .toDoubles();
        assertThat(y).containsExactly(new double[] {3 * 0.8413447460685429, 160}, within(1e-5));
    }

    @Test
    void biasAndResidualAreAddedAroundDropout() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 1, 2)
                .input("r", OnnxType.FLOAT, -1, 1, 2)
                .initializer(OnnxTensor.ofFloats("b", new long[] {2}, 10, 20))
                .node(DOMAIN + "BiasAdd", "x,b,r", "y")
                .node(DOMAIN + "BiasDropout", "x,b,r", "z,mask")
                .node(DOMAIN + "BiasDropout", "x,b", "w")
                .build("y", "z", "w", "mask");
        List<OnnxTensor> found = TestModels.run(
                model,
                OnnxTensor.ofFloats("x", new long[] {1, 1, 2}, 1, 2),
                OnnxTensor.ofFloats("r", new long[] {1, 1, 2}, 100, 200));
        assertThat(found.get(0).toDoubles()).containsExactly(111, 222);
        assertThat(found.get(1).toDoubles()).containsExactly(111, 222);
        assertThat(found.get(2).toDoubles()).containsExactly(11, 22);
        assertThat(found.get(3).toLongs()).containsExactly(1, 1);
    }

    @Test
    void biasSoftmaxTakesAllAxesFromItsOwnForARow() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 2, 2)
                .initializer(OnnxTensor.ofFloats("b", new long[] {2, 2}, 0, 0, 0, (float) Math.log(3)))
                .node(DOMAIN + "BiasSoftmax", "x,b", "y", "axis", 1, "is_inner_broadcast", 0)
                .build("y");
        double[] y = TestModels.run(model, OnnxTensor.ofFloats("x", new long[] {1, 2, 2}, 0, 0, 0, 0))
                .get(0)
                .toDoubles();
        assertThat(y).containsExactly(new double[] {1 / 6.0, 1 / 6.0, 1 / 6.0, 0.5}, within(1e-6));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void triangleInverseAndFriendsAgreeWithRuntime(int upper) {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 3, 3)
                .initializer(OnnxTensor.ofLongs("k", new long[0], 1))
                .initializer(OnnxTensor.ofLongs("pads", new long[] {6}, 0, 1, 0, 0, 0, 2))
                .initializer(OnnxTensor.ofFloats("value", new long[] {1}, 7))
                .initializer(OnnxTensor.ofIntegers("axis", OnnxType.INT32, new long[0], 1))
                .initializer(OnnxTensor.ofLongs("places", new long[] {2, 2}, 0, 1, 1, 2))
                .node(DOMAIN + "Trilu", "x,k", "a", "upper", upper)
                .node(DOMAIN + "Inverse", "x", "b")
                .node(DOMAIN + "Pad", "x,pads,value", "c")
                .node(DOMAIN + "ExpandDims", "x,axis", "d")
                .node(DOMAIN + "GatherND", "x,places", "e")
                .build("a", "b", "c", "d", "e");
        assertClose(model, 1e-4, draw("x", 2, 3, 3));
    }

    @Test
    void uniqueKeepsTheOrderOfFirstAppearance() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1)
                .node(DOMAIN + "Unique", "x", "y,place,count")
                .build("y", "place", "count");
        assertClose(model, 0, OnnxTensor.ofFloats("x", new long[] {6}, 2, 1, 1, 3, 4, 3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bilinear", "nearest"})
    void cropsAreResized(String mode) {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 3, -1, -1)
                .input("boxes", OnnxType.FLOAT, -1, 4)
                .input("batch", OnnxType.INT32, -1)
                .initializer(OnnxTensor.ofIntegers("size", OnnxType.INT32, new long[] {2}, 3, 4))
                .node(DOMAIN + "CropAndResize", "x,boxes,batch,size", "y", "mode", mode, "extrapolation_value", 9f)
                .build("y");
        assertClose(
                model,
                TOLERANCE,
                draw("x", 2, 3, 6, 5),
                OnnxTensor.ofFloats("boxes", new long[] {2, 4}, 0.1f, 0.2f, 0.8f, 0.7f, 0.3f, 0.4f, 1.2f, 0.9f),
                OnnxTensor.ofIntegers("batch", OnnxType.INT32, new long[] {2}, 1, 0));
    }
}
