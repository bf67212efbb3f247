package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.GraphProto;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.layers.OnnxLayers;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.compare.CheckReport;
import org.lsuv.tf.compare.GraphCheck;

/** Compares control flow with ONNX Runtime, which the report of {@link GraphCheck} does value by value. */
class ControlFlowOpsTest {
    private static final OnnxTensor X = OnnxTensor.ofFloats("x", new long[] {2, 3}, 1, -2, 3, 4, -5, 6);

    private static OnnxTensor bool(String name, boolean value) {
        return OnnxTensor.of(
                name, OnnxType.BOOL, new long[0], List.of(ByteBuffer.wrap(new byte[] {(byte) (value ? 1 : 0)})));
    }

    private static OnnxTensor count(String name, long value) {
        return OnnxTensor.ofLongs(name, new long[0], value);
    }

    private static void assertAgrees(OnnxModel model, OnnxTensor... inputs) {
        Map<String, OnnxTensor> feeds = new LinkedHashMap<>();
        for (OnnxTensor input : inputs) {
            feeds.put(input.name(), input);
        }
        CheckReport report = GraphCheck.run(model, feeds, TfOptions.defaults());
        assertThat(report.first()).isEmpty();
        assertThat(report.values()).isNotEmpty();
        assertThat(report.skipped()).isEmpty();
    }

    private static TestModels model(long opset) {
        return TestModels.opset(opset).input("x", OnnxType.FLOAT, -1, 3);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void branchesReadValuesAroundThemAndGiveOtherShapes(boolean yes) {
        OnnxModel model = model(17)
                .input("yes", OnnxType.BOOL)
                .initializer(OnnxTensor.ofFloats("w", new long[] {3, 2}, 1, 2, 3, 4, 5, 6))
                .node("Exp", "x", "e")
                .node(
                        "If",
                        "yes",
                        "y, s",
                        "then_branch",
                        TestModels.body()
                                .node("MatMul", "e, w", "a")
                                .node("Neg", "x", "b")
                                .graph("a", "b"),
                        "else_branch",
                        TestModels.body()
                                .node("Abs", "x", "c")
                                .node("Add", "x, e", "d")
                                .graph("c", "d"))
                .node("Relu", "y", "z")
                .build("z", "s");

        assertAgrees(model, X, bool("yes", yes));
    }

    @Test
    void knownConditionTakesOneBranchOnly() {
        OnnxModel model = model(17)
                .initializer(bool("no", false))
                .node(
                        "If",
                        "no",
                        "y",
                        "then_branch",
                        TestModels.body().node("Neg", "x", "a").graph("a"),
                        "else_branch",
                        TestModels.body()
                                .node("Exp", "x", "b")
                                .node("Abs", "b", "c")
                                .graph("c"))
                .build("y");

        assertAgrees(model, X);
        assertThat(OnnxImporter.load(model, ImportOptions.defaults())
                        .graph()
                        .getLibrary()
                        .getFunctionCount())
                .isZero();
    }

    private static GraphProto powers() {
        return TestModels.body()
                .input("i", OnnxType.INT64)
                .input("going", OnnxType.BOOL)
                .input("v")
                .node("MatMul", "v, w", "u")
                .node("Cast", "i", "f", "to", 1)
                .node("Add", "u, f", "next")
                .node("ReduceMax", "next", "top", "keepdims", 0)
                .node("Less", "top, limit", "more")
                .node("Constant", "", "last", "value", OnnxTensor.ofLongs("", new long[] {1}, -1))
                .node("ReduceSum", "next, last", "row", "keepdims", 0)
                .node("Identity", "i", "number")
                .graph("more", "next", "row", "number");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 4, 100})
    void loopStopsAtTheTripCountOrTheCondition(long trips) {
        OnnxModel model = TestModels.opset(17)
                .input("x", OnnxType.FLOAT, 2, 3)
                .input("trips", OnnxType.INT64)
                .initializer(OnnxTensor.ofFloats("w", new long[] {3, 3}, 1, 1, 0, 0, 1, 1, 1, 0, 1))
                .initializer(OnnxTensor.ofFloats("limit", new long[0], 1000))
                .initializer(bool("yes", true))
                .node("Loop", "trips, yes, x", "y, rows, steps", "body", powers())
                .build("y", "rows", "steps");

        assertAgrees(model, X, count("trips", trips));
    }

    /** Scripted pooling of a video network fills a list so; nodes behind it need the rank of its tensors. */
    @Test
    void loopOfOneTripKeepsTheRanksInASequence() {
        GraphProto body = TestModels.body()
                .input("i", OnnxType.INT64)
                .input("going", OnnxType.BOOL)
                .input("s")
                .node("Exp", "x", "e")
                .node("SequenceInsert", "s, e", "next")
                .node("ReduceSum", "e", "sum", "keepdims", 0)
                .graph("going", "next", "sum");
        OnnxModel model = model(17)
                .initializer(count("one", 1))
                .initializer(count("zero", 0))
                .initializer(bool("yes", true))
                .node("SequenceEmpty", "", "empty")
                .node("Loop", "one, yes, empty", "s, sums", "body", body)
                .node("SequenceAt", "s, zero", "at")
                .node("Transpose", "at", "y")
                .node("Neg", "sums", "z")
                .build("y", "z");

        assertAgrees(model, X);
    }

    /** ONNX Runtime gives a list here, as it does not follow the rank of the rows. */
    @Test
    void loopWithoutAnyStepStacksNothingOfTheRightShape() {
        OnnxModel model = TestModels.opset(17)
                .input("x", OnnxType.FLOAT, 2, 3)
                .input("trips", OnnxType.INT64)
                .initializer(OnnxTensor.ofFloats("w", new long[] {3, 3}, 1, 1, 0, 0, 1, 1, 1, 0, 1))
                .initializer(OnnxTensor.ofFloats("limit", new long[0], 1000))
                .node("Loop", "trips,, x", "y, rows, steps", "body", powers())
                .build("y", "rows", "steps");

        List<OnnxTensor> results = TestModels.run(model, X, count("trips", 0));

        assertThat(results.get(0).toFloats()).containsExactly(X.toFloats());
        assertThat(results.get(1).shape()).containsExactly(0, 2);
        assertThat(results.get(2).shape()).containsExactly(0);
    }

    @Test
    void loopWithoutTripCountRunsOnItsConditionAndWithoutConditionOnTheCount() {
        OnnxModel endless = model(17)
                .initializer(OnnxTensor.ofFloats("w", new long[] {3, 3}, 1, 1, 0, 0, 1, 1, 1, 0, 1))
                .initializer(OnnxTensor.ofFloats("limit", new long[0], 1000))
                .initializer(bool("yes", true))
                .node("Loop", ", yes, x", "y, rows, steps", "body", powers())
                .build("y", "rows", "steps");
        OnnxModel counted = model(11)
                .initializer(count("trips", 3))
                .node(
                        "Loop",
                        "trips,, x",
                        "y",
                        "body",
                        TestModels.body()
                                .input("i", OnnxType.INT64)
                                .input("going", OnnxType.BOOL)
                                .input("v")
                                .node("Identity", "going", "more")
                                .node("Concat", "v, x", "next", "axis", 0)
                                .graph("more", "next"))
                .build("y");

        assertAgrees(endless, X);
        assertAgrees(counted, X);
    }

    @Test
    void bodiesInBodiesReachAllValuesAround() {
        GraphProto inner = TestModels.body()
                .input("j", OnnxType.INT64)
                .input("on", OnnxType.BOOL)
                .input("a")
                .node("Identity", "on", "on2")
                .node("Mul", "x, half", "scaled")
                .node("Add", "scaled, a", "b")
                .node("Cast", "i", "f", "to", 1)
                .node("Sub", "b, f", "c")
                .graph("on2", "c");
        GraphProto outer = TestModels.body()
                .input("i", OnnxType.INT64)
                .input("going", OnnxType.BOOL)
                .input("v")
                .node("Identity", "going", "more")
                .node("Loop", "trips,, v", "w", "body", inner)
                .node("ReduceSum", "w", "sum", "keepdims", 0)
                .node("Greater", "sum, half", "positive")
                .node(
                        "If",
                        "positive",
                        "next",
                        "then_branch",
                        TestModels.body().node("Neg", "w", "n").graph("n"),
                        "else_branch",
                        TestModels.body().node("Mul", "w, x", "n").graph("n"))
                .graph("more", "next", "sum");
        OnnxModel model = model(17)
                .initializer(count("trips", 3))
                .initializer(OnnxTensor.ofFloats("half", new long[0], 0.5f))
                .node("Loop", "trips,, x", "y, sums", "body", outer)
                .build("y", "sums");

        assertAgrees(model, X);
    }

    @ParameterizedTest
    @ValueSource(longs = {9, 11, 16, 21})
    void scanReadsAndWritesAlongAxesInBothDirections(long opset) {
        GraphProto body = TestModels.body()
                .input("s")
                .input("a")
                .input("b")
                .node("Add", "s, a", "t")
                .node("Mul", "t, b", "r")
                .node("Identity", "t", "t2")
                .graph("t", "r", "t2");
        OnnxModel model = TestModels.opset(opset)
                .input("s", OnnxType.FLOAT, 2)
                .input("x", OnnxType.FLOAT, 2, -1)
                .input("z", OnnxType.FLOAT, -1, 2)
                .node(
                        "Scan",
                        "s, x, z",
                        "last, rows, states",
                        "body",
                        body,
                        "num_scan_inputs",
                        2,
                        "scan_input_axes",
                        new long[] {1, 0},
                        "scan_input_directions",
                        new long[] {1, 0},
                        "scan_output_axes",
                        new long[] {opset < 11 ? 1 : -1, 0},
                        "scan_output_directions",
                        new long[] {0, 1})
                .build("last", "rows", "states");

        assertAgrees(
                model,
                OnnxTensor.ofFloats("s", new long[] {2}, 1, 2),
                X,
                OnnxTensor.ofFloats("z", new long[] {3, 2}, 1, 2, 3, 4, 5, 6));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "lengths"})
    void scanBefore9HasABatchAxisAndLengths(String lengths) {
        GraphProto body = TestModels.body()
                .input("s")
                .input("a")
                .input("b")
                .node("Add", "s, a", "t")
                .node("Mul", "t, b", "r")
                .graph("t", "r");
        OnnxModel model = TestModels.opset(8)
                .input("s", OnnxType.FLOAT, 2, 1)
                .input("x", OnnxType.FLOAT, 2, 3, 1)
                .initializer(OnnxTensor.ofLongs("lengths", new long[] {2}, 2, 3))
                .node(
                        "Scan",
                        lengths + ", s, x, x",
                        "last, rows",
                        "body",
                        body,
                        "num_scan_inputs",
                        2,
                        "directions",
                        new long[] {0, 1})
                .build("last", "rows");

        assertAgrees(
                model,
                OnnxTensor.ofFloats("s", new long[] {2, 1}, 1, 2),
                OnnxTensor.ofFloats("x", new long[] {2, 3, 1}, 1, -2, 3, 4, -5, 6));
    }

    @Test
    void weightsOfBodiesAreFedAndNamedAsNotInitialised() {
        float[] values = new float[64 * 64];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i % 13 - 6) / 50f;
        }
        OnnxTensor square = OnnxTensor.ofFloats("", new long[] {64, 64}, values);
        GraphProto body = TestModels.body()
                .input("i", OnnxType.INT64)
                .input("going", OnnxType.BOOL)
                .input("v")
                .initializer(square.withName("own"))
                .node("Identity", "going", "more")
                .node("MatMul", "v, own", "a")
                .node("MatMul", "a, shared", "b")
                .graph("more", "b");
        OnnxModel model = TestModels.opset(17)
                .input("x", OnnxType.FLOAT, -1, 64)
                .initializer(square.withName("w"))
                .initializer(square.withName("shared"))
                .initializer(count("trips", 2))
                .node("MatMul", "x, w", "h")
                .node("MatMul", "h, shared", "g")
                .node("Loop", "trips,, g", "y", "body", body)
                .build("y");

        OnnxLayers layers = OnnxLayers.find(model.graph());

        assertAgrees(model, OnnxTensor.ofFloats("x", new long[] {1, 64}, java.util.Arrays.copyOf(values, 64)));
        assertThat(layers.layers()).extracting(layer -> layer.weight().source()).containsExactly("w");
        assertThat(layers.notInitialised())
                .extracting(weight -> weight.name() + " " + weight.reason())
                .containsExactlyInAnyOrder(
                        "shared is read inside the body of Loop \"Loop_2\"",
                        "own is inside the body of Loop \"Loop_2\"");
        assertThat(OnnxImporter.load(model, ImportOptions.defaults()).weights())
                .containsOnlyKeys("w", "shared", "y/body/own");
    }

    @Test
    void shapesAroundABodyFoldInsideIt() {
        GraphProto branch = TestModels.body()
                .node("Shape", "x", "shape")
                .node("Gather", "shape, one", "width", "axis", 0)
                .node("Unsqueeze", "width, zero", "list")
                .node("Concat", "list, minus", "target", "axis", 0)
                .node("Reshape", "x, target", "r")
                .graph("r");
        OnnxModel model = model(17)
                .input("yes", OnnxType.BOOL)
                .initializer(OnnxTensor.ofLongs("one", new long[0], 1))
                .initializer(OnnxTensor.ofLongs("zero", new long[] {1}, 0))
                .initializer(OnnxTensor.ofLongs("minus", new long[] {1}, -1))
                .node("If", "yes", "y", "then_branch", branch, "else_branch", branch)
                .build("y");

        assertAgrees(model, X, bool("yes", true));
        assertThat(OnnxImporter.load(model, ImportOptions.defaults()).outputs()).containsKey("y");
    }

    @Test
    void bodyWithTooFewOutputsIsMalformed() {
        OnnxModel model = model(17)
                .initializer(count("trips", 2))
                .node(
                        "Loop",
                        "trips,, x",
                        "y",
                        "body",
                        TestModels.body()
                                .input("i", OnnxType.INT64)
                                .input("going", OnnxType.BOOL)
                                .input("v")
                                .node("Identity", "going", "more")
                                .graph("more"))
                .build("y");

        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage(
                        "model: node \"Loop_0\" Loop(trips, , x) -> y: the body has 1 outputs; expected at least 2");
    }
}
