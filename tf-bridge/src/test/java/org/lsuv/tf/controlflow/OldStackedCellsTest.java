package org.lsuv.tf.controlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lsuv.tf.controlflow.OldRecurrentLayerTest.ROWS;
import static org.lsuv.tf.controlflow.OldRecurrentLayerTest.STEPS;
import static org.lsuv.tf.controlflow.OldRecurrentLayerTest.assertSameOutputs;
import static org.lsuv.tf.controlflow.OldRecurrentLayerTest.endingBatch;
import static org.lsuv.tf.controlflow.OldRecurrentLayerTest.read;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.tf.bundle.TestCheckpoint;
import org.lsuv.tf.network.Network;
import org.lsuv.tf.network.SavedModelNetwork;
import org.lsuv.tf.network.Target;
import org.lsuv.tf.savedmodel.TestSavedModel;

/** {@code MultiRNNCell} runs cells one upon another in one loop. */
class OldStackedCellsTest {
    private static final List<String> PREFIXES = List.of("first_", "second_", "");

    /** Lists what is wanted of the layer: the outputs of all steps, the last states, or those of rows that end. */
    private enum Wanted {
        ALL,
        LAST,
        ENDING
    }

    @TempDir
    Path folder;

    private static TestSavedModel model(OldCell cell, int cells, Wanted wanted) {
        TestSavedModel model = wanted == Wanted.ENDING
                ? OldRecurrentLayerTest.endingInputs()
                : new TestSavedModel().input("x", -1, STEPS, OldRecurrentLayer.VALUES);
        List<String> prefixes = PREFIXES.subList(PREFIXES.size() - cells, PREFIXES.size());
        List<String> states = new ArrayList<>();
        List<String> weights = new ArrayList<>();
        int values = OldRecurrentLayer.VALUES;
        for (String prefix : prefixes) {
            cell.states().forEach(state -> states.add(prefix + state));
            weights.addAll(OldRecurrentLayerTest.addWeights(model, cell, values, prefix));
            values = OldRecurrentLayer.UNITS;
        }
        OldRecurrentLayer.Cell stack = loop -> cell.addTo(loop, prefixes);
        switch (wanted) {
            case ALL -> OldRecurrentLayer.add(model, states, weights, stack);
            case LAST -> OldRecurrentLayer.addOfLastStates(model, states, weights, stack);
            case ENDING -> OldRecurrentLayer.addEnding(model, states, weights, stack);
        }
        return model;
    }

    private static Map<String, OnnxTensor> batch(Wanted wanted) {
        return wanted == Wanted.ENDING
                ? endingBatch(STEPS - 1)
                : Map.of("x", TestCheckpoint.random(9, ROWS, STEPS, OldRecurrentLayer.VALUES));
    }

    @ParameterizedTest
    @CsvSource({"RNN, 2, ALL", "LSTM, 2, ALL", "GRU, 3, LAST", "LSTM, 3, ENDING", "GRU, 2, ENDING"})
    void eachIsARecurrentOperatorOfOnnx(OldCell cell, int cells, Wanted wanted) throws IOException {
        Path saved = model(cell, cells, wanted).write(folder.resolve("saved"));
        OnnxModel onnx = read(saved).onnx();

        List<String> operators = OldRecurrentLayerTest.operators(onnx);
        assertThat(Collections.frequency(operators, cell.name())).isEqualTo(cells);
        assertThat(operators).doesNotContain("Loop");
        assertSameOutputs(onnx, saved, batch(wanted));
    }

    @ParameterizedTest
    @CsvSource({"RNN, 2, ALL", "LSTM, 2, ALL", "GRU, 3, LAST", "LSTM, 3, ENDING", "GRU, 2, ENDING"})
    void eachIsInitialisedGateByGate(OldCell cell, int cells, Wanted wanted) throws IOException {
        SavedModelNetwork network = read(model(cell, cells, wanted).write(folder.resolve("saved")));
        Map<String, OnnxTensor> batch = batch(wanted);
        Network.Initialised done = network.initialize(DataBatch.of(network.inputs(), batch));
        Path target = folder.resolve("initialised");
        done.write(target);
        OnnxModel onnx = done.loaded()
                .write(done.report().weights(), Target.of(folder.resolve("out.onnx")))
                .model()
                .orElseThrow();

        int gates = cell.gates().values().stream().mapToInt(Integer::intValue).sum();
        assertThat(done.loaded().notInitialised()).isEmpty();
        assertThat(OldRecurrentLayerTest.measured(onnx, batch))
                .hasSize(cells * gates)
                .allSatisfy(part -> assertThat(part.variance()).isCloseTo(1, within(1e-4)));
        assertSameOutputs(onnx, target, batch);
    }
}
