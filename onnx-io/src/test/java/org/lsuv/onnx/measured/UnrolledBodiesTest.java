package org.lsuv.onnx.measured;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lsuv.onnx.TestModel.attribute;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.TestModel;
import org.lsuv.onnx.layers.NotInitialised;
import org.lsuv.onnx.layers.OnnxLayers;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.OrtProbe;

class UnrolledBodiesTest {
    private static TestModel body() {
        return TestModel.opset(17);
    }

    private static TestModel weight(TestModel model, String name, int seed) {
        float[] values = new float[9];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(seed + 2.3 * i);
        }
        return model.floats(name, new long[] {3, 3}, values);
    }

    private static GraphProto branch(String weight, int seed) {
        return weight(body(), weight, seed)
                .node("MatMul", List.of("x", weight), List.of(weight + ".y"))
                .output(weight + ".y", OnnxType.FLOAT, "n", 3)
                .graph();
    }

    private static OnnxModel choice() {
        return body().input("flag", OnnxType.BOOL)
                .input("x", OnnxType.FLOAT, "n", 3)
                .node(
                        "If",
                        List.of("flag"),
                        List.of("y"),
                        attribute("then_branch", branch("a", 1)),
                        attribute("else_branch", branch("b", 2)))
                .output("y", OnnxType.FLOAT, "n", 3)
                .read();
    }

    /** A state is multiplied, another one handed through; what the states were and a constant come as lists. */
    private static OnnxModel loop(long opset, boolean bounded) {
        GraphProto inner = weight(TestModel.opset(opset), "own", 3)
                .input("i", OnnxType.INT64)
                .input("going", OnnxType.BOOL)
                .input("v", OnnxType.FLOAT, "n", 3)
                .input("kept", OnnxType.FLOAT, "n", 3)
                .floats("limit", new long[0], 50)
                .node("MatMul", List.of("v", "own"), List.of("m"))
                .node("MatMul", List.of("m", "outer"), List.of("u"))
                .node("Cast", List.of("i"), List.of("number"), attribute("to", OnnxType.FLOAT.code()))
                .node("Add", List.of("u", "number"), List.of("w"))
                .node("ReduceMax", List.of("w"), List.of("max"), attribute("keepdims", 0))
                .node("Less", List.of("max", "limit"), List.of("more"))
                .output("more", OnnxType.BOOL)
                .output("w", OnnxType.FLOAT, "n", 3)
                .output("kept", OnnxType.FLOAT, "n", 3)
                .output("v", OnnxType.FLOAT, "n", 3)
                .output("number", OnnxType.FLOAT)
                .graph();
        return weight(TestModel.opset(opset), "outer", 4)
                .input("trips", OnnxType.INT64)
                .input("x", OnnxType.FLOAT, "n", 3)
                .node(
                        "Loop",
                        List.of(bounded ? "trips" : "", "", "x", "x"),
                        List.of("last", "same", "rows", "numbers"),
                        attribute("body", inner))
                .output("last", OnnxType.FLOAT, "n", 3)
                .output("same", OnnxType.FLOAT, "n", 3)
                .output("rows", OnnxType.FLOAT, "t", "n", 3)
                .output("numbers", OnnxType.FLOAT, "t")
                .read();
    }

    private static OnnxModel scan() {
        GraphProto inner = weight(body(), "own", 5)
                .input("h", OnnxType.FLOAT, "n", 3)
                .input("step", OnnxType.FLOAT, "n", 3)
                .node("MatMul", List.of("step", "own"), List.of("m"))
                .node("Add", List.of("h", "m"), List.of("g"))
                .output("g", OnnxType.FLOAT, "n", 3)
                .output("m", OnnxType.FLOAT, "n", 3)
                .graph();
        return body().input("x", OnnxType.FLOAT, "n", 3)
                .input("steps", OnnxType.FLOAT, "n", "t", 3)
                .node(
                        "Scan",
                        List.of("x", "steps"),
                        List.of("last", "all"),
                        attribute("body", inner),
                        attribute("num_scan_inputs", 1),
                        attribute("scan_input_axes", new long[] {1}),
                        attribute("scan_input_directions", new long[] {1}),
                        attribute("scan_output_axes", new long[] {-1}),
                        attribute("scan_output_directions", new long[] {1}))
                .output("last", OnnxType.FLOAT, "n", 3)
                .output("all", OnnxType.FLOAT, "n", 3, "t")
                .read();
    }

    private static OnnxTensor x(String name, long... shape) {
        float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.cos(1.7 * i);
        }
        return OnnxTensor.ofFloats(name, shape, values);
    }

    private static OnnxTensor flag(double value) {
        return OnnxTensor.ofNumbers("flag", OnnxType.BOOL, new long[0], value);
    }

    private static Map<String, OnnxTensor> batch(OnnxTensor... tensors) {
        Map<String, OnnxTensor> batch = new LinkedHashMap<>();
        Arrays.stream(tensors).forEach(tensor -> batch.put(tensor.name(), tensor));
        return batch;
    }

    private static UnrolledBodies unrolled(OnnxModel model, Map<String, OnnxTensor> batch) {
        return UnrolledBodies.of(model, List.of(batch), OrtOptions.DEFAULT);
    }

    private static UnrolledBodies assertUnrolled(OnnxModel model, Map<String, OnnxTensor> batch) {
        UnrolledBodies unrolled = unrolled(model, batch);

        assertThat(unrolled.notes()).isEmpty();
        assertThat(unrolled.model().graph().nodes())
                .noneMatch(node -> !node.attributes().allGraphs().isEmpty());
        assertEqual(unrolled.model(), model, batch);
        return unrolled;
    }

    /** Every body is gone, the outputs are the same, and a new weight means the same in both forms. */
    private static UnrolledBodies assertSame(OnnxModel model, Map<String, OnnxTensor> batch) {
        UnrolledBodies unrolled = assertUnrolled(model, batch);
        Map<String, OnnxTensor> changed = new LinkedHashMap<>();
        OnnxLayers.find(unrolled.model().graph()).layers().forEach(layer -> {
            String name = layer.weight().source();
            changed.put(name, x(name, 3, 3));
        });
        assertThat(changed).isNotEmpty();
        assertEqual(unrolled.model().withWeights(changed), unrolled.withWeights(changed), batch);
        return unrolled;
    }

    private static void assertEqual(OnnxModel found, OnnxModel expected, Map<String, OnnxTensor> batch) {
        List<String> outputs =
                expected.graph().outputs().stream().map(OnnxValue::name).toList();
        try (OrtProbe one = OrtProbe.open(found, OrtOptions.DEFAULT);
                OrtProbe other = OrtProbe.open(expected, OrtOptions.DEFAULT)) {
            Map<String, OnnxTensor> results = one.fetch(batch, outputs);
            other.fetch(batch, outputs).forEach((name, value) -> {
                OnnxTensor result = Objects.requireNonNull(results.get(name));
                assertThat(result.shape()).as(name).isEqualTo(value.shape());
                assertThat(result.toFloats()).as(name).isEqualTo(value.toFloats());
            });
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void theTakenBranchStandsInTheChoicesPlace(int flag) {
        UnrolledBodies unrolled = assertSame(choice(), batch(flag(flag), x("x", 4, 3)));

        assertThat(unrolled.notTaken())
                .singleElement()
                .returns(flag == 1 ? "b" : "a", NotInitialised::name)
                .extracting(NotInitialised::reason)
                .isEqualTo("is read in the " + (flag == 1 ? "else" : "then")
                        + "_branch of If \"y\" alone, which this batch does not take");
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 13, 17})
    void iterationsOfALoopShareTheirWeights(long opset) {
        UnrolledBodies unrolled = assertSame(
                loop(opset, true), batch(OnnxTensor.ofNumbers("trips", OnnxType.INT64, new long[0], 3), x("x", 4, 3)));

        assertThat(unrolled.path()).containsExactly("Loop \"last\" runs 3 times");
        assertThat(OnnxLayers.find(unrolled.model().graph()).layers())
                .extracting(layer -> layer.weight().source())
                .containsExactly("own", "outer", "own", "outer", "own", "outer");
    }

    @Test
    void loopThatStopsItselfIsUnrolledAsFarAsItRuns() {
        Map<String, OnnxTensor> batch = batch(x("x", 4, 3));

        assertThat(assertUnrolled(loop(17, false), batch).path())
                .singleElement()
                .asString()
                .matches("Loop \"last\" runs [1-9][0-9]? times");
    }

    @Test
    void scanTakesSlicesAndGivesThemBackInItsOrder() {
        assertSame(scan(), batch(x("x", 4, 3), x("steps", 4, 5, 3)));
    }

    @Test
    void choicesInsideALoopAreTakenInEachIteration() {
        GraphProto inner = body().input("i", OnnxType.INT64)
                .input("going", OnnxType.BOOL)
                .input("x", OnnxType.FLOAT, "n", 3)
                .longs("one", 1)
                .node("Equal", List.of("i", "one"), List.of("flag"))
                .node("Identity", List.of("going"), List.of("more"))
                .node(
                        "If",
                        List.of("flag"),
                        List.of("z"),
                        attribute("then_branch", branch("a", 1)),
                        attribute("else_branch", branch("b", 2)))
                .output("more", OnnxType.BOOL)
                .output("z", OnnxType.FLOAT, "n", 3)
                .graph();
        OnnxModel model = body().input("start", OnnxType.FLOAT, "n", 3)
                .longs("trips", 3)
                .node("Loop", List.of("trips", "", "start"), List.of("y"), attribute("body", inner))
                .output("y", OnnxType.FLOAT, "n", 3)
                .read();

        UnrolledBodies unrolled = assertSame(model, batch(x("start", 4, 3)));

        assertThat(OnnxLayers.find(unrolled.model().graph()).layers())
                .extracting(layer -> layer.weight().source())
                .containsExactly("b", "a", "b");
        assertThat(unrolled.notTaken()).isEmpty();
    }

    @Test
    void newWeightsGoWhereTheBodyStoresThemAndNothingElseChanges() {
        OnnxModel model = choice();
        UnrolledBodies unrolled = unrolled(model, batch(flag(1), x("x", 4, 3)));

        OnnxModel changed = unrolled.withWeights(Map.of("a", x("a", 3, 3)));

        assertThat(stored(changed, "then_branch", "a")).isEqualTo(x("a", 3, 3).toFloats());
        assertThat(stored(changed, "else_branch", "b")).isEqualTo(stored(model, "else_branch", "b"));
        assertThat(changed.graph().initializerNames()).isEmpty();
    }

    private static float[] stored(OnnxModel model, String branch, String name) {
        OnnxNode node = model.graph().nodes().get(0);
        OnnxGraph body = node.attributes().requireGraph(branch);
        return body.initializer(name).orElseThrow().toFloats();
    }

    @Test
    void piecesThatPartLeaveTheChoice() {
        UnrolledBodies unrolled = UnrolledBodies.of(
                choice(), List.of(batch(flag(1), x("x", 4, 3)), batch(flag(0), x("x", 4, 3))), OrtOptions.DEFAULT);

        assertThat(unrolled.notes())
                .containsExactly("If \"y\" keeps its weights: pieces of the batch take different ways through it");
        assertThat(unrolled.model().graph().nodes()).hasSize(1);
    }

    @Test
    void loopsThatDoNotRunOrRunTooOftenAreLeft() {
        List<String> notes = new ArrayList<>();
        for (double trips : new double[] {0, 5000}) {
            OnnxTensor count = OnnxTensor.ofNumbers("trips", OnnxType.INT64, new long[0], trips);
            Map<String, OnnxTensor> zeros = batch(count, OnnxTensor.ofFloats("x", new long[] {1, 3}, 0, 0, 0));
            notes.addAll(unrolled(endless(), zeros).notes());
        }

        assertThat(notes)
                .containsExactly(
                        "Loop \"y\" keeps its weights: it runs 0 times",
                        "Loop \"y\" keeps its weights: its 5000 iterations would be 25000 nodes");
    }

    private static OnnxModel endless() {
        TestModel inner = weight(body(), "own", 3)
                .input("i", OnnxType.INT64)
                .input("going", OnnxType.BOOL)
                .input("v", OnnxType.FLOAT, "n", 3)
                .node("Identity", List.of("going"), List.of("more"))
                .node("MatMul", List.of("v", "own"), List.of("a"))
                .node("Relu", List.of("a"), List.of("b"))
                .node("Relu", List.of("b"), List.of("c"))
                .node("Relu", List.of("c"), List.of("d"));
        AttributeProto graph = attribute(
                "body",
                inner.output("more", OnnxType.BOOL)
                        .output("d", OnnxType.FLOAT, "n", 3)
                        .graph());
        return body().input("trips", OnnxType.INT64)
                .input("x", OnnxType.FLOAT, "n", 3)
                .node("Loop", List.of("trips", "", "x"), List.of("y"), graph)
                .output("y", OnnxType.FLOAT, "n", 3)
                .read();
    }
}
