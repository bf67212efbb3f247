package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.tensorflow.Graph;

/** Imports graphs that compute shapes and pads in the way that PyTorch exports them. */
class ComputedShapeTest {

    /** {@code x.view(x.size(0), 2, x.size(1) / 2, x.size(2))}, with the division done by hand. */
    private static OnnxModel view(long batch) {
        return TestModels.opset(13)
                .input("x", OnnxType.FLOAT, batch, 4, 3)
                .initializer(OnnxTensor.ofLongs("zero", new long[0], 0))
                .initializer(OnnxTensor.ofLongs("minusOne", new long[0], -1))
                .initializer(OnnxTensor.ofLongs("axis", new long[] {1}, 0))
                .initializer(OnnxTensor.ofLongs("halves", new long[] {2}, 2, 2))
                .node("Shape", "x", "sizes")
                .node("Gather", "sizes, zero", "batch")
                .node("Gather", "sizes, minusOne", "last")
                .node("Unsqueeze", "batch, axis", "batchList")
                .node("Unsqueeze", "last, axis", "lastList")
                .node("Concat", "batchList, halves, lastList", "shape", "axis", 0)
                .node("Reshape", "x, shape", "y")
                .build("y");
    }

    private static OnnxTensor counting(String name, long... shape) {
        int count = 1;
        for (long size : shape) {
            count *= (int) size;
        }
        float[] values = new float[count];
        IntStream.range(0, count).forEach(i -> values[i] = i);
        return OnnxTensor.ofFloats(name, shape, values);
    }

    private static String opOf(TfModel model, String value) {
        TensorRef ref = model.values().get(value);
        assertThat(ref).as(value).isNotNull();
        return model.graph().getNodeList().stream()
                .filter(node -> ref != null && node.getName().equals(ref.op()))
                .findFirst()
                .orElseThrow()
                .getOp();
    }

    private static String shapeOf(TfModel model, String value) {
        TensorRef ref = model.values().get(value);
        try (Graph graph = new Graph()) {
            graph.importGraphDef(model.graph());
            assertThat(ref).as(value).isNotNull();
            return ref == null
                    ? ""
                    : graph.operation(ref.op()).output(ref.index()).shape().toString();
        }
    }

    @Test
    void viewOfFixedShapeFoldsToConstants() {
        TfModel imported = OnnxImporter.load(view(5), ImportOptions.defaults());

        assertThat(List.of("sizes", "batch", "last", "batchList", "shape"))
                .allSatisfy(value -> assertThat(opOf(imported, value)).isEqualTo("Const"));
        assertThat(shapeOf(imported, "y")).isEqualTo("[5, 2, 2, 3]");
    }

    @Test
    void viewOfOpenBatchKeepsOtherSizesKnown() {
        TfModel imported = OnnxImporter.load(view(-1), ImportOptions.defaults());

        assertThat(opOf(imported, "last")).isEqualTo("Const");
        assertThat(opOf(imported, "batch")).isNotEqualTo("Const");
        assertThat(shapeOf(imported, "y")).isEqualTo("[-1, 2, 2, 3]");
    }

    @Test
    void viewOfOpenBatchTakesAnyBatch() {
        for (long batch : new long[] {1, 2, 7}) {
            OnnxTensor x = counting("x", batch, 4, 3);

            OnnxTensor y = TestModels.run(view(-1), x).get(0);

            assertThat(y.shape()).containsExactly(batch, 2, 2, 3);
            assertThat(y.toFloats()).isEqualTo(x.toFloats());
        }
    }

    @Test
    void twoOpenSizesAreComputedWhenTheGraphRuns() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, -1, 4)
                .initializer(OnnxTensor.ofLongs("start", new long[] {1}, 0))
                .initializer(OnnxTensor.ofLongs("end", new long[] {1}, 2))
                .initializer(OnnxTensor.ofLongs("heads", new long[] {2}, 2, 2))
                .node("Shape", "x", "sizes")
                .node("Slice", "sizes, start, end", "leading")
                .node("Concat", "leading, heads", "shape", "axis", 0)
                .node("Reshape", "x, shape", "y")
                .build("y");

        assertThat(shapeOf(OnnxImporter.load(model, ImportOptions.defaults()), "y"))
                .isEqualTo("[-1, -1, 2, 2]");
        assertThat(TestModels.run(model, counting("x", 3, 5, 4)).get(0).shape()).containsExactly(3, 5, 2, 2);
    }

    @Test
    void arithmeticOnSizesFolds() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 6, 5)
                .initializer(OnnxTensor.ofLongs("one", new long[0], 1))
                .initializer(OnnxTensor.ofLongs("groups", new long[0], 2))
                .initializer(OnnxTensor.ofLongs("axis", new long[] {1}, 0))
                .initializer(OnnxTensor.ofLongs("open", new long[] {1}, -1))
                .node("Shape", "x", "sizes")
                .node("Gather", "sizes, one", "channels")
                .node("Div", "channels, groups", "perGroup")
                .node("Mul", "perGroup, perGroup", "nine")
                .node("Unsqueeze", "nine, axis", "nineList")
                .node("Concat", "open, nineList", "shape", "axis", 0)
                .node("Reshape", "x, shape", "y")
                .build("y");

        TfModel imported = OnnxImporter.load(model, ImportOptions.defaults());

        assertThat(opOf(imported, "nine")).isEqualTo("Const");
        assertThat(shapeOf(imported, "y")).isEqualTo("[-1, 9]");
    }

    /** {@code torch.nn.functional.pad(x, (1, 2, 3, 4))}: pads from the last axis backwards, in pairs. */
    @Test
    void padsOfTorchPadAreReordered() {
        OnnxTensor zero = OnnxTensor.ofLongs("", new long[] {1}, 0);
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 1, 1, 2)
                .initializer(OnnxTensor.ofLongs("given", new long[] {4}, 1, 2, 3, 4))
                .initializer(OnnxTensor.ofLongs("missing", new long[] {1}, 4))
                .initializer(OnnxTensor.ofLongs("pairs", new long[] {2}, -1, 2))
                .initializer(OnnxTensor.ofLongs("flat", new long[] {1}, -1))
                .initializer(OnnxTensor.ofLongs("first", new long[] {1}, 0))
                .initializer(OnnxTensor.ofLongs("last", new long[] {1}, -1))
                .initializer(OnnxTensor.ofLongs("farEnd", new long[] {1}, Long.MIN_VALUE + 1))
                .initializer(OnnxTensor.ofFloats("value", new long[0], 9))
                .node("ConstantOfShape", "missing", "zeros", "value", zero)
                .node("Concat", "given, zeros", "all", "axis", 0)
                .node("Reshape", "all, pairs", "byAxis")
                .node("Slice", "byAxis, last, farEnd, first, last", "reversed")
                .node("Transpose", "reversed", "beforeAndAfter", "perm", new long[] {1, 0})
                .node("Reshape", "beforeAndAfter, flat", "list")
                .node("Cast", "list", "pads", "to", OnnxType.INT64.code())
                .node("Pad", "x, pads, value", "y", "mode", "constant")
                .build("y");

        OnnxTensor y = TestModels.run(model, OnnxTensor.ofFloats("x", new long[] {1, 1, 1, 2}, 5, 6))
                .get(0);

        assertThat(y.shape()).containsExactly(1, 1, 8, 5);
        float[] expected = new float[40];
        Arrays.fill(expected, 9);
        expected[3 * 5 + 1] = 5;
        expected[3 * 5 + 2] = 6;
        assertThat(y.toFloats()).isEqualTo(expected);
        assertThat(shapeOf(OnnxImporter.load(model, ImportOptions.defaults()), "y"))
                .isEqualTo("[-1, 1, 8, 5]");
    }

    @Test
    void shapesComputedInManyStepsAreKnown() {
        TestModels model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 6)
                .initializer(OnnxTensor.ofLongs("start", new long[] {2}, 0, 6))
                .initializer(OnnxTensor.ofLongs("seven", new long[] {1}, 7))
                .initializer(OnnxTensor.ofLongs("one", new long[] {2}, 0, 1))
                .node("Mod", "start, seven", "step0");
        for (int i = 0; i < 500; i++) {
            model.node(i % 2 == 0 ? "Sub" : "Add", "step" + i + ", one", "step" + (i + 1));
        }
        TfModel imported = OnnxImporter.load(
                model.node("Mod", "step500, seven", "shape")
                        .node("Reshape", "x, shape", "y")
                        .build("y"),
                ImportOptions.defaults());

        assertThat(shapeOf(imported, "y")).isEqualTo("[-1, 6]");
    }

    @Test
    void sizesThatAConverterMakesConstantAreKnown() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, 2, 6)
                .initializer(OnnxTensor.ofLongs("list", new long[] {1}, 1))
                .node("Size", "x", "count")
                .node("Mul", "count, list", "length")
                .node("Reshape", "x, length", "y")
                .build("y");

        assertThat(shapeOf(OnnxImporter.load(model, ImportOptions.defaults()), "y"))
                .isEqualTo("[12]");
    }
}
