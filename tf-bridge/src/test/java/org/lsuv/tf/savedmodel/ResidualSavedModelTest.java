package org.lsuv.tf.savedmodel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lsuv.tf.nodes.TestNodes.binary;
import static org.lsuv.tf.nodes.TestNodes.node;
import static org.lsuv.tf.nodes.TestNodes.read;
import static org.lsuv.tf.nodes.TestNodes.unary;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.ValueStatistics;
import org.lsuv.onnx.runtime.Verification;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.bundle.TestCheckpoint;
import org.lsuv.tf.init.JoinResult;
import org.lsuv.tf.init.LsuvOptions;
import org.lsuv.tf.init.Progress;
import org.lsuv.tf.init.ResidualRule;
import org.lsuv.tf.network.Network;
import org.lsuv.tf.network.OnnxForm;
import org.lsuv.tf.network.SavedModelNetwork;
import org.lsuv.tf.network.Target;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/** Finds the values of an exported SavedModel that hold what meets in residual joins. */
class ResidualSavedModelTest {
    private static final int WIDTH = 16;

    @TempDir
    Path folder = Path.of("");

    private static NodeDef product(String name, String x, String weight) {
        return node("MatMul", name, List.of(x, weight + "/read"), "T", DataType.DT_FLOAT);
    }

    private Network.Initialised initialised(OnnxTensor batch) throws IOException {
        TestSavedModel model = new TestSavedModel().input("x", -1, WIDTH);
        for (String weight : List.of("stem", "v1", "w1", "v2", "w2")) {
            model.resource(weight, TestCheckpoint.random(weight.hashCode(), WIDTH, WIDTH))
                    .add(read(weight + "/read", weight));
        }
        model.add(product("s0", "feed_x", "stem"));
        for (int i = 1; i <= 2; i++) {
            model.add(
                    unary("Relu", "r" + i, "s" + (i - 1)),
                    product("a" + i, "r" + i, "v" + i),
                    unary("Relu", "t" + i, "a" + i),
                    product("b" + i, "t" + i, "w" + i),
                    binary("AddV2", "s" + i, "s" + (i - 1), "b" + i));
        }
        Path source = model.output("y", "s2:0").write(folder.resolve("source"));
        Network network = SavedModelNetwork.of(SavedModelReader.read(source), SavedModelOptions.defaults());
        return network.initialize(
                DataBatch.of(network.inputs(), Map.of("x", batch)),
                LsuvOptions.defaults().with(ResidualRule.UNIT),
                Progress.NONE);
    }

    private static void assertMeasuresTheSame(JoinResult join, OnnxForm form, OnnxTensor batch) {
        assertThat(form.values())
                .containsKeys(
                        join.join().stream(), join.join().branch(), join.join().sum());
        Verification found = Verification.of(
                form.model().orElseThrow(),
                List.of(Map.of("x", batch)),
                Verification.Scope.DEFAULT,
                form.values().values(),
                OrtOptions.DEFAULT);
        assertThat(variance(join.join().stream(), form, found) / join.stream()).isCloseTo(1, within(1e-4));
        assertThat(variance(join.join().branch(), form, found) / join.branch()).isCloseTo(1, within(1e-4));
        assertThat(variance(join.join().sum(), form, found) / join.sum()).isCloseTo(1, within(1e-4));
    }

    private static double variance(TensorRef tensor, OnnxForm form, Verification found) {
        ValueStatistics statistics =
                found.values().get(Objects.requireNonNull(form.values().get(tensor)));
        return Objects.requireNonNull(statistics).variance();
    }

    @Test
    void theExportInMemoryHoldsWhatMeetsInJoins() throws IOException {
        OnnxTensor batch = TestCheckpoint.random(5, 64, WIDTH);
        Network.Initialised done = initialised(batch);
        OnnxForm form = done.loaded().changed(done.report().weights());

        assertThat(done.report().joins()).hasSize(2).allSatisfy(join -> assertMeasuresTheSame(join, form, batch));
    }

    @ParameterizedTest
    @ValueSource(strings = {"out", "out.onnx"})
    void soDoesWhatIsWritten(String target) throws IOException {
        OnnxTensor batch = TestCheckpoint.random(5, 64, WIDTH);
        Network.Initialised done = initialised(batch);
        OnnxForm form = done.loaded().write(done.report().weights(), Target.of(folder.resolve(target)));

        assertThat(done.report().joins()).hasSize(2).allSatisfy(join -> assertMeasuresTheSame(join, form, batch));
    }
}
