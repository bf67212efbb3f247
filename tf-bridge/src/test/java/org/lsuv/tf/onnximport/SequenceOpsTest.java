package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.GraphProto;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.compare.CheckReport;
import org.lsuv.tf.compare.GraphCheck;

/** Compares sequences and optionals inside of graphs with ONNX Runtime. */
class SequenceOpsTest {
    private static final OnnxTensor X = OnnxTensor.ofFloats("x", new long[] {3, 2}, 1, -2, 3, 4, -5, 6);

    private static OnnxTensor number(String name, long value) {
        return OnnxTensor.ofLongs(name, new long[0], value);
    }

    private static TestModels model() {
        return TestModels.opset(18)
                .input("x", OnnxType.FLOAT, -1, 2)
                .initializer(number("zero", 0))
                .initializer(number("one", 1))
                .initializer(number("back", -2))
                .initializer(number("three", 3));
    }

    private static void assertAgrees(OnnxModel model, OnnxTensor... inputs) {
        Map<String, OnnxTensor> feeds = new LinkedHashMap<>();
        for (OnnxTensor input : inputs) {
            feeds.put(input.name(), input);
        }
        CheckReport report = GraphCheck.run(model, feeds, TfOptions.defaults());
        assertThat(report.first()).isEmpty();
        assertThat(report.values()).isNotEmpty();
    }

    @Test
    void knownSequencesAreListsWhileImporting() {
        OnnxModel model = model().node("Neg", "x", "n")
                .node("Exp", "x", "e")
                .node("SequenceConstruct", "x, n", "s0")
                .node("SequenceInsert", "s0, e, back", "s1")
                .node("SequenceErase", "s1, zero", "s2")
                .node("SequenceInsert", "s2, x", "s3")
                .node("SequenceErase", "s3", "s4")
                .node("SequenceAt", "s4, zero", "at")
                .node("SequenceLength", "s3", "length")
                .node("ConcatFromSequence", "s3", "joined", "axis", 1)
                .node("ConcatFromSequence", "s3", "stacked", "axis", -1, "new_axis", 1)
                .build("at", "length", "joined", "stacked");

        assertAgrees(model, X);
        assertThat(OnnxImporter.load(model, ImportOptions.defaults()).graph().getNodeList())
                .noneMatch(node -> node.getOp().startsWith("TensorList"));
    }

    private static GraphProto growing() {
        return TestModels.body()
                .input("i", OnnxType.INT64)
                .input("going", OnnxType.BOOL)
                .input("s")
                .node("Identity", "going", "more")
                .node("Add", "i, one", "end")
                .node("Unsqueeze", "end, axes", "size")
                .node("Slice", "x, from, size", "rows")
                .node("SequenceInsert", "s, rows", "next")
                .graph("more", "next");
    }

    private static TestModels grown() {
        return model().initializer(OnnxTensor.ofLongs("axes", new long[] {1}, 0))
                .initializer(OnnxTensor.ofLongs("from", new long[] {1}, 0))
                .input("place", OnnxType.INT64)
                .node("SequenceEmpty", "", "empty")
                .node("Loop", "three,, empty", "s", "body", growing());
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 0", "2, 0", "-1, 0", "-3, 1", "1, 1"})
    void sequencesThatALoopFillsHoldTensorsOfAnyShape(long place, int axis) {
        OnnxModel model = grown().node("SequenceInsert", "s, x, place", "inserted")
                .node("SequenceErase", "inserted, back", "erased")
                .node("SequenceErase", "erased, place", "less")
                .node("SequenceAt", "s, place", "at")
                .node("SequenceLength", "inserted", "length")
                .node("ConcatFromSequence", "erased", "joined", "axis", 0)
                .node("SequenceLength", "less", "last")
                .node("SequenceAt", "less, zero", "first")
                .build("at", "length", "joined", "last", "first");

        assertAgrees(model, X, number("place", place));
    }

    @Test
    void mapsRunTheirBodyForEachElement() {
        GraphProto body = TestModels.body()
                .input("a", OnnxType.FLOAT, -1, 2)
                .input("b", OnnxType.FLOAT, -1, 2)
                .node("ReduceSum", "a", "sum", "keepdims", 0)
                .node("Mul", "sum, b", "c")
                .node("Add", "a, zeros", "d")
                .graph("c", "d");
        OnnxModel model = grown().initializer(OnnxTensor.ofFloats("zeros", new long[0], 0))
                .node("SequenceMap", "s, x", "m, n", "body", body)
                .node("Concat", "x, x", "xx", "axis", 0)
                .node("SequenceConstruct", "x, xx", "known")
                .node("SequenceMap", "known, x", "k, l", "body", body)
                .node("ConcatFromSequence", "m", "joined", "axis", 0)
                .node("SequenceAt", "n, one", "at")
                .node("SequenceAt", "k, one", "of")
                .build("joined", "at", "of");

        List<OnnxTensor> results = TestModels.run(model, X, number("place", 0));

        // The loop fills its sequence with the first row of x, the first two and all three.
        assertThat(results.get(0).toFloats())
                .containsExactly(-1, 2, -3, -4, 5, -6, 6, -12, 18, 24, -30, 36, 7, -14, 21, 28, -35, 42);
        assertThat(results.get(1).toFloats()).containsExactly(1, -2, 3, 4);
        assertThat(results.get(2).toFloats()).containsExactly(14, -28, 42, 56, -70, 84);
    }

    @ParameterizedTest
    @CsvSource({"3, 0", "3, 1", "-1, 0", "-1, 1"})
    void tensorsAreSplitIntoRowsOrParts(long rows, long keep) {
        TestModels models = TestModels.opset(18)
                .input("x", OnnxType.FLOAT, rows, 2)
                .initializer(number("one", 1))
                .initializer(number("two", 2))
                .initializer(OnnxTensor.ofLongs("sizes", new long[] {2}, 1, 1))
                .node("SplitToSequence", "x", "s", "keepdims", keep)
                .node("SplitToSequence", "x, sizes", "t", "axis", 1)
                .node("SequenceAt", "s, two", "a")
                .node("SequenceAt", "t, one", "b")
                .node("SequenceLength", "s", "n");

        assertAgrees(models.build("a", "b", "n"), X);
    }

    @ParameterizedTest
    @CsvSource({"1, 3", "2, 2", "3, 1", "5, 1"})
    void partsMayHaveASizeThatOnlyARunTells(long size, long parts) {
        OnnxModel model = TestModels.opset(18)
                .input("x", OnnxType.FLOAT, -1, 2)
                .input("size", OnnxType.INT64)
                .initializer(number("zero", 0))
                .initializer(number("last", -1))
                .node("SplitToSequence", "x, size", "s")
                .node("SequenceAt", "s, zero", "a")
                .node("SequenceAt", "s, last", "b")
                .node("SequenceLength", "s", "n")
                .build("a", "b", "n");

        assertAgrees(model, X, number("size", size));
        assertThat(TestModels.run(model, X, number("size", size)).get(2).toLongs())
                .containsExactly(parts);
    }

    @Test
    void optionalsTellWhetherTheyHoldSomething() {
        OnnxModel model = model().input("yes", OnnxType.BOOL)
                .node("Optional", "x", "some")
                .node("OptionalHasElement", "some", "is")
                .node("OptionalGetElement", "some", "value")
                .node(
                        "If",
                        "is",
                        "y",
                        "then_branch",
                        TestModels.body().node("Neg", "value", "t").graph("t"),
                        "else_branch",
                        TestModels.body().node("Exp", "x", "t").graph("t"))
                .build("y", "is");

        assertThat(TestModels.run(
                                model,
                                X,
                                OnnxTensor.of(
                                        "yes", OnnxType.BOOL, new long[0], List.of(java.nio.ByteBuffer.wrap(new byte[] {
                                            1
                                        }))))
                        .get(0)
                        .toFloats())
                .containsExactly(-1, 2, -3, -4, 5, -6);
    }

    @Test
    void tensorsAndSequencesAreNotMixedUp() {
        OnnxModel sequence = model().node("SequenceConstruct", "x", "s")
                .node("Neg", "s", "y")
                .build("y");
        OnnxModel position = model().node("SequenceConstruct", "x", "s")
                .node("SequenceAt", "s, three", "y")
                .build("y");

        assertThatThrownBy(() -> OnnxImporter.load(sequence, ImportOptions.defaults()))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessage(
                        "model: node \"Neg_1\" Neg(s) -> y: TensorFlow refuses it: expected a tensor, found a sequence of tensors");
        assertThatThrownBy(() -> OnnxImporter.load(position, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage("model: node \"SequenceAt_1\" SequenceAt(s, three) -> y: there is no position 3 in a"
                        + " sequence of 1");
    }
}
