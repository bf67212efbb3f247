package org.lsuv.tf.controlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.layers.NotInitialised;
import org.lsuv.onnx.layers.OutputChannels.Block;
import org.lsuv.onnx.measured.MeasuredModel;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.OrtProbe;
import org.lsuv.onnx.runtime.ValueStatistics;
import org.lsuv.onnx.runtime.Verification;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.bundle.TestCheckpoint;
import org.lsuv.tf.init.LayerResult;
import org.lsuv.tf.init.LsuvOptions;
import org.lsuv.tf.init.Progress;
import org.lsuv.tf.network.Network;
import org.lsuv.tf.network.SavedModelNetwork;
import org.lsuv.tf.network.Target;
import org.lsuv.tf.nodes.TestNodes;
import org.lsuv.tf.savedmodel.Reference;
import org.lsuv.tf.savedmodel.SavedModelOptions;
import org.lsuv.tf.savedmodel.SavedModelReader;
import org.lsuv.tf.savedmodel.Signature;
import org.lsuv.tf.savedmodel.TestSavedModel;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/** The cells of TensorFlow 1 multiply input and state, side by side, by one kernel. */
class OldRecurrentLayerTest {
    private static final int ROWS = 64;
    private static final int STEPS = 5;

    @TempDir
    Path folder;

    private enum Cell {
        RNN,
        GRU,
        LSTM;

        List<String> states() {
            return this == LSTM ? List.of("c", "h") : List.of("h");
        }

        /** Returns the numbers of gates of the kernels by their names. */
        Map<String, Integer> gates() {
            return switch (this) {
                case RNN -> Map.of("cell", 1);
                case GRU -> Map.of("gates", 2, "content", 1);
                case LSTM -> Map.of("cell", 4);
            };
        }

        private void addTo(OldLoop loop) {
            switch (this) {
                case RNN -> OldRecurrentLayer.basicRnn(loop);
                case GRU -> OldRecurrentLayer.gru(loop);
                case LSTM -> OldRecurrentLayer.basicLstm(loop);
            }
        }

        TestSavedModel model(long steps) {
            TestSavedModel model = new TestSavedModel().input("x", -1, steps, OldRecurrentLayer.VALUES);
            OldRecurrentLayer.add(model, states(), addWeightsTo(model), this::addTo);
            return model;
        }

        TestSavedModel endingModel() {
            TestSavedModel model = new TestSavedModel()
                    .input("x", -1, -1, OldRecurrentLayer.VALUES)
                    .add(TestNodes.node(
                            "Placeholder",
                            "feed_lengths",
                            List.of(),
                            "dtype",
                            DataType.DT_INT32,
                            "shape",
                            Shape.of(-1)))
                    .input("lengths", "feed_lengths:0", DataType.DT_INT32, -1);
            OldRecurrentLayer.addEnding(model, states(), addWeightsTo(model), this::addTo);
            return model;
        }

        private List<String> addWeightsTo(TestSavedModel model) {
            List<String> weights = new ArrayList<>();
            gates().forEach((name, count) -> {
                int outputs = count * OldRecurrentLayer.UNITS;
                int inputs = OldRecurrentLayer.VALUES + OldRecurrentLayer.UNITS;
                model.resource(name + "_kernel", TestCheckpoint.random(name.hashCode(), inputs, outputs));
                model.resource(name + "_bias", TestCheckpoint.random(name.length(), outputs));
                weights.addAll(List.of(name + "_kernel", name + "_bias"));
            });
            return weights;
        }
    }

    /** Returns rows of which the first takes no step, and some as many as the longest one. */
    private static Map<String, OnnxTensor> endingBatch(int longest) {
        double[] lengths = new double[ROWS];
        Arrays.setAll(lengths, row -> row % (longest + 1));
        return Map.of(
                "x",
                TestCheckpoint.random(9, ROWS, STEPS, OldRecurrentLayer.VALUES),
                "lengths",
                OnnxTensor.ofNumbers("lengths", OnnxType.INT32, new long[] {ROWS}, lengths));
    }

    private static SavedModelNetwork read(Path saved) throws IOException {
        return SavedModelNetwork.of(SavedModelReader.read(saved), SavedModelOptions.defaults());
    }

    /** Compares ONNX Runtime with TensorFlow's own loader. */
    private static void assertSameOutputs(OnnxModel onnx, Path saved, Map<String, OnnxTensor> batch)
            throws IOException {
        Signature signature = SavedModelReader.read(saved).signature(SavedModelOptions.defaults());
        Map<String, OnnxTensor> reference = Reference.run(saved, "serve", signature, batch);
        try (OrtProbe probe = OrtProbe.open(onnx, new OrtOptions(1))) {
            Map<String, OnnxTensor> found = probe.fetch(batch, List.copyOf(reference.keySet()));
            reference.forEach(
                    (name, expected) -> assertThat(Reference.error(Objects.requireNonNull(found.get(name)), expected))
                            .isLessThan(1e-5));
        }
    }

    private static List<String> operators(OnnxModel model) {
        return model.graph().nodes().stream().map(node -> node.opType()).toList();
    }

    @ParameterizedTest
    @EnumSource
    void isARecurrentOperatorOfOnnx(Cell cell) throws IOException {
        for (long steps : new long[] {-1, STEPS}) {
            Path saved = cell.model(steps).write(folder.resolve("saved" + steps));
            OnnxModel onnx = read(saved).onnx();

            assertThat(operators(onnx)).contains(cell.name()).doesNotContain("Loop");
            assertSameOutputs(
                    onnx, saved, Map.of("x", TestCheckpoint.random(9, ROWS, STEPS, OldRecurrentLayer.VALUES)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void gatesOfTheInputHaveUnitVarianceAndThoseOfTheStateAreOrthonormal(Cell cell) throws IOException {
        OnnxTensor x = TestCheckpoint.random(9, ROWS, STEPS, OldRecurrentLayer.VALUES);
        SavedModelNetwork network = read(cell.model(-1).write(folder.resolve("saved")));
        Network.Initialised done = network.initialize(
                DataBatch.of(network.inputs(), Map.of("x", x)), LsuvOptions.defaults(), Progress.NONE);
        Path target = folder.resolve("initialised");
        done.write(target);

        Map<String, OnnxTensor> stored = new HashMap<>();
        read(target).imported().model().weights().forEach((name, weight) -> stored.put(name, weight.value()));
        cell.gates().forEach((name, count) -> {
            OnnxTensor kernel = Objects.requireNonNull(stored.get(name + "_kernel"));
            for (int gate = 0; gate < count; gate++) {
                assertThat(variance(x, kernel, gate)).isCloseTo(1, within(1e-4));
                assertThat(stateProducts(kernel, gate))
                        .allSatisfy(products -> assertThat(products[0]).isCloseTo(products[1], within(1e-5)));
            }
        });
        assertThat(done.report().layers())
                .hasSize(cell.gates().size())
                .allSatisfy(layer -> assertThat(layer.layer().op()).isEqualTo(cell.name()));
        assertSameOutputs(read(target).onnx(), target, Map.of("x", x));
    }

    private static double value(OnnxTensor kernel, int row, int column) {
        return kernel.toFloats()[row * (int) kernel.shape()[1] + column];
    }

    /** Returns the variance of the input's products with one gate, over all steps; biases are 0. */
    private static double variance(OnnxTensor x, OnnxTensor kernel, int gate) {
        float[] values = x.toFloats();
        double sum = 0;
        double squares = 0;
        int count = 0;
        for (int row = 0; row < values.length; row += OldRecurrentLayer.VALUES) {
            for (int unit = 0; unit < OldRecurrentLayer.UNITS; unit++) {
                double product = 0;
                for (int i = 0; i < OldRecurrentLayer.VALUES; i++) {
                    product += values[row + i] * value(kernel, i, gate * OldRecurrentLayer.UNITS + unit);
                }
                sum += product;
                squares += product * product;
                count++;
            }
        }
        return squares / count - Math.pow(sum / count, 2);
    }

    /** Returns the products of the state's columns of one gate with each other, and what they are where orthonormal. */
    private static List<double[]> stateProducts(OnnxTensor kernel, int gate) {
        List<double[]> all = new ArrayList<>();
        int first = gate * OldRecurrentLayer.UNITS;
        for (int one = 0; one < OldRecurrentLayer.UNITS; one++) {
            for (int other = 0; other <= one; other++) {
                double product = 0;
                for (int i = 0; i < OldRecurrentLayer.UNITS; i++) {
                    int row = OldRecurrentLayer.VALUES + i;
                    product += value(kernel, row, first + one) * value(kernel, row, first + other);
                }
                all.add(new double[] {product, one == other ? 1 : 0});
            }
        }
        return all;
    }

    @ParameterizedTest
    @EnumSource
    void whatIsWrittenAsOnnxIsMeasuredGateByGate(Cell cell) throws IOException {
        OnnxTensor x = TestCheckpoint.random(9, ROWS, STEPS, OldRecurrentLayer.VALUES);
        SavedModelNetwork network = read(cell.model(-1).write(folder.resolve("saved")));
        Network.Initialised done = network.initialize(DataBatch.of(network.inputs(), Map.of("x", x)));
        OnnxModel onnx = done.loaded()
                .write(done.report().weights(), Target.of(folder.resolve("out.onnx")))
                .model()
                .orElseThrow();
        List<ValueStatistics> parts = measured(onnx, Map.of("x", x));
        assertThat(parts)
                .hasSize(cell.gates().values().stream()
                        .mapToInt(Integer::intValue)
                        .sum())
                .allSatisfy(part -> assertThat(part.variance()).isCloseTo(1, within(1e-4)));
    }

    @ParameterizedTest
    @EnumSource(names = "LSTM")
    void partsAreCalledAfterWhatIsStored(Cell cell) throws IOException {
        OnnxTensor x = TestCheckpoint.random(9, ROWS, STEPS, OldRecurrentLayer.VALUES);
        SavedModelNetwork network = read(cell.model(-1).write(folder.resolve("saved")));
        Network.Initialised done = network.initialize(DataBatch.of(network.inputs(), Map.of("x", x)));

        LayerResult result = done.report().layers().get(0);
        WeightedLayer layer = result.layer();
        assertThat(layer.weight().source()).isEqualTo("cell_kernel[:3]");
        assertThat(layer.recurrent().orElseThrow().weight().source()).isEqualTo("cell_kernel[3:]");
        assertThat(layer.channels().blocks()).extracting(Block::name).containsExactly("i", "c", "f", "o");
        assertThat(done.loaded().sources()).containsEntry("cell_kernel[3:]", List.of("cell_kernel"));
        assertThat(done.loaded().notInitialised()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void rowsThatEndAreSequenceLengths(Cell cell) throws IOException {
        Path saved = cell.endingModel().write(folder.resolve("saved"));
        OnnxModel onnx = read(saved).onnx();

        assertThat(operators(onnx)).contains(cell.name()).doesNotContain("Loop");
        assertSameOutputs(onnx, saved, endingBatch(STEPS));
        assertSameOutputs(onnx, saved, endingBatch(STEPS - 2));
        assertSameOutputs(onnx, saved, endingBatch(STEPS + 2));
    }

    @ParameterizedTest
    @EnumSource
    void stepsBehindTheEndOfARowAreNotMeasured(Cell cell) throws IOException {
        Map<String, OnnxTensor> batch = endingBatch(STEPS - 1);
        SavedModelNetwork network = read(cell.endingModel().write(folder.resolve("saved")));
        float[] x = Objects.requireNonNull(batch.get("x")).toFloats();
        for (int row = 0; row < ROWS; row++) {
            int from = (row * STEPS + row % STEPS) * OldRecurrentLayer.VALUES;
            Arrays.fill(x, from, (row + 1) * STEPS * OldRecurrentLayer.VALUES, 1e6f);
        }
        OnnxTensor wild = OnnxTensor.ofFloats("x", new long[] {ROWS, STEPS, OldRecurrentLayer.VALUES}, x);
        Map<String, OnnxTensor> fed = Map.of("x", wild, "lengths", Objects.requireNonNull(batch.get("lengths")));
        Network.Initialised done = network.initialize(DataBatch.of(network.inputs(), fed));
        OnnxModel onnx = done.loaded()
                .write(done.report().weights(), Target.of(folder.resolve("out.onnx")))
                .model()
                .orElseThrow();

        assertThat(measured(onnx, fed))
                .hasSize(cell.gates().values().stream()
                        .mapToInt(Integer::intValue)
                        .sum())
                .allSatisfy(part -> assertThat(part.variance()).isCloseTo(1, within(1e-4)));
    }

    private static List<ValueStatistics> measured(OnnxModel onnx, Map<String, OnnxTensor> batch) {
        OnnxModel measured =
                MeasuredModel.of(onnx, List.of(batch), OrtOptions.DEFAULT).model();
        return Verification.of(measured, List.of(batch), Verification.Scope.DEFAULT, OrtOptions.DEFAULT)
                .layers()
                .stream()
                .flatMap(layer -> layer.targets().stream())
                .toList();
    }

    /** What the first cell gives is the input of the second one in the same step, and cannot be multiplied before. */
    @Test
    void firstCellOfSeveralIsALayer() throws IOException {
        TestSavedModel model = new TestSavedModel().input("x", -1, STEPS, OldRecurrentLayer.VALUES);
        Map.of("first", OldRecurrentLayer.VALUES, "second", OldRecurrentLayer.UNITS)
                .forEach((name, inputs) -> model.resource(
                                name + "_kernel",
                                TestCheckpoint.random(
                                        inputs, inputs + OldRecurrentLayer.UNITS, OldRecurrentLayer.UNITS))
                        .resource(name + "_bias", TestCheckpoint.random(inputs + 7, OldRecurrentLayer.UNITS)));
        OldRecurrentLayer.add(
                model,
                List.of("g", "h"),
                List.of("first_kernel", "first_bias", "second_kernel", "second_bias"),
                OldRecurrentLayer::stacked);
        Path saved = model.write(folder.resolve("saved"));
        SavedModelNetwork network = read(saved);
        Map<String, OnnxTensor> batch = Map.of("x", TestCheckpoint.random(9, ROWS, STEPS, OldRecurrentLayer.VALUES));
        Network.Initialised done = network.initialize(DataBatch.of(network.inputs(), batch));
        Path target = folder.resolve("initialised");
        done.write(target);

        assertSameOutputs(network.onnx(), saved, batch);
        assertThat(done.report().weights().keySet())
                .containsExactlyInAnyOrder("first_kernel[:3]", "first_kernel[3:]", "first_bias");
        assertThat(done.loaded().notInitialised())
                .extracting(NotInitialised::name)
                .containsExactly("second_kernel");
        assertSameOutputs(read(target).onnx(), target, batch);
    }

    @Test
    void kernelThatSomethingElseReadsStaysWhole() throws IOException {
        TestSavedModel model = Cell.LSTM.model(STEPS);
        model.add(TestNodes.read("kernel/read", "cell_kernel")).output("kernel", "kernel/read:0");
        Path saved = model.write(folder.resolve("saved"));
        SavedModelNetwork network = read(saved);

        assertThat(network.kernels().sources()).isEmpty();
        assertThat(network.kernels().model().weights()).containsOnlyKeys("cell_kernel", "cell_bias");
        assertSameOutputs(
                network.onnx(), saved, Map.of("x", TestCheckpoint.random(9, ROWS, STEPS, OldRecurrentLayer.VALUES)));
    }
}
