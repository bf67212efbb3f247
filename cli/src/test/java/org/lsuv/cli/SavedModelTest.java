package org.lsuv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.data.DataArgument;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.data.NpzFile;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.Verification;
import org.lsuv.tf.Weight;
import org.lsuv.tf.network.Network;
import org.lsuv.tf.savedmodel.SavedModelImporter;
import org.lsuv.tf.savedmodel.SavedModelOptions;
import org.lsuv.tf.savedmodel.SavedModelReader;

/** SavedModels on the command line, and the same in Java. */
class SavedModelTest {
    private static final Path MODEL = CliRun.model("cnn-savedmodel");

    @TempDir
    Path folder;

    @Test
    void aSavedModelIsInitialisedInACopyOfItsFolder() throws IOException {
        Path output = folder.resolve("out");
        CliRun run = CliRun.of(MODEL, "--data", CliRun.IMAGES, "-o", output);
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains("\n4 of 4 layers within 1 % of variance 1\nONNX Runtime: variance at most ")
                .contains("cnn/depthwise")
                .contains("\nwrote " + output + " (");
        assertThat(output.resolve("saved_model.pb")).hasSameBinaryContentAs(MODEL.resolve("saved_model.pb"));
        assertThat(Files.mismatch(
                        output.resolve("variables/variables.index"), MODEL.resolve("variables/variables.index")))
                .isNotNegative();
        CliRun again = CliRun.of(output, "--data", CliRun.IMAGES, "--init", "keep", "--dry-run");
        assertThat(again.code()).isZero();
        assertThat(again.out()).contains("4 of 4 layers");
        assertThat(CliRun.of(MODEL, "--data", CliRun.IMAGES, "-o", output).code())
                .as("nothing is replaced unasked")
                .isEqualTo(2);
    }

    @Test
    void weightsAreTheVariablesThatTheWrittenFolderHolds() throws IOException {
        Path output = folder.resolve("out");
        Path weights = folder.resolve("w.npz");
        Path report = folder.resolve("r.json");
        CliRun run = CliRun.of(
                MODEL, "--data", CliRun.IMAGES, "-o", output, "--weights", weights, "--report", report, "--no-verify");
        assertThat(run.code()).isZero();
        assertThat(run.out()).endsWith("\nwrote " + weights + ": 10 tensors under the names of their variables\n");
        Map<String, OnnxTensor> found = NpzFile.read(weights);
        Map<String, Weight> variables = SavedModelImporter.load(
                        SavedModelReader.read(output), SavedModelOptions.defaults())
                .weights();
        assertThat(found).containsOnlyKeys(variables.keySet());
        assertThat(Objects.requireNonNull(found.get("conv/kernel")).shape()).containsExactly(5, 5, 1, 8);
        found.forEach((name, tensor) -> {
            OnnxTensor variable = Objects.requireNonNull(variables.get(name)).value();
            assertThat(tensor.shape()).as(name).isEqualTo(variable.shape());
            assertThat(tensor.toFloats()).as(name).isEqualTo(variable.toFloats());
        });
        assertThat(Files.readString(report)).contains("\"names\": \"tensorflow\"");
    }

    @Test
    void weightsOfAnExportKeepTensorFlowsLayouts() throws IOException {
        Path weights = folder.resolve("w.npz");
        Path output = folder.resolve("out.onnx");
        CliRun run =
                CliRun.of(MODEL, "--data", CliRun.IMAGES, "-o", output, "--weights", weights, "--no-verify", "--quiet");
        assertThat(run).isEqualTo(new CliRun(0, "", ""));
        Map<String, OnnxTensor> found = NpzFile.read(weights);
        OnnxTensor exported =
                OnnxReader.read(output).graph().initializer("conv/kernel").orElseThrow();
        assertThat(exported.shape()).containsExactly(8, 1, 5, 5);
        float[] kernel = Objects.requireNonNull(found.get("conv/kernel")).toFloats();
        assertThat(kernel[1]).isEqualTo(exported.toFloats()[25]);
    }

    @Test
    void aSavedModelBecomesAnInitialisedOnnxFile() throws IOException {
        Path output = folder.resolve("out.onnx");
        CliRun run = CliRun.of(MODEL, "--data", CliRun.IMAGES, "-o", output, "--opset", "15");
        assertThat(run.code()).isZero();
        assertThat(OnnxReader.read(output).opset("")).hasValue(15);
        assertThat(OnnxReader.read(output).graph().initializerNames()).contains("conv/kernel", "dense/bias");
        CliRun verified = CliRun.of("verify", output, "--data", CliRun.IMAGES);
        assertThat(verified.code()).isZero();
        assertThat(verified.out()).contains("4 of 4 layers within 1 % of variance 1");
    }

    @Test
    void convertKeepsTheWeightsAndComparesOutputs() throws IOException {
        Path output = folder.resolve("cnn.onnx");
        CliRun run = CliRun.of("convert", MODEL, "-o", output, "--data", CliRun.IMAGES);
        assertThat(run.code()).isZero();
        assertThat(run.out().lines())
                .hasSize(3)
                .first()
                .asString()
                .startsWith("ONNX Runtime agrees with TensorFlow on random inputs: at most ");
        assertThat(CliRun.of("convert", MODEL, "-o", output)).satisfies(second -> {
            assertThat(second.code()).isEqualTo(2);
            assertThat(second.err()).contains("exists already; give --force to replace it");
        });
    }

    @Test
    void inspectShowsSignaturesVariablesAndLayers() {
        CliRun run = CliRun.of("inspect", MODEL);
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains("SavedModel, tags serve")
                .contains("serving_default(image: float[?, 1, 28, 28]) -> scores: float")
                .contains("  conv/kernel: float32[5, 5, 1, 8]")
                .contains("4 with 4 weights of 8,440 parameters")
                .contains("1 with running statistics");
    }

    @Test
    void checkComparesEveryValueThatTheExportHas() {
        CliRun run = CliRun.of("check", MODEL, "--data", CliRun.IMAGES, "--verbose");
        assertThat(run.code()).isZero();
        assertThat(run.out().lines().map(line -> line.replaceAll(" .*", "")))
                .contains("nhwc", "cnn/depthwise", "cnn/norm", "cnn/relu", "scores");
        assertThat(run.out()).contains("\n9 of 9 values agree with ONNX Runtime; ");
        assertThat(run.out()).containsPattern("cnn/depthwise +cnn/depthwise +DepthwiseConv2dNative ");
        assertThat(CliRun.of("check", MODEL, "--signature", "other"))
                .isEqualTo(new CliRun(
                        4, "", "lsuv-init: cnn-savedmodel: has no signature \"other\"; there are [serving_default]\n"));
    }

    @Test
    void verifyMeasuresTheExport() {
        CliRun run = CliRun.of("verify", MODEL, "--data", CliRun.IMAGES);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .containsPattern("0 +cnn/conv/Conv2D +Conv2D +")
                .containsPattern("cnn/depthwise +DepthwiseConv2dNative +")
                .contains("cnn/point/Conv2D")
                .endsWith("\nONNX Runtime: 0 of 4 layers within 1 % of variance 1\n");
    }

    @Test
    void diagnoseReadsSavedModels() {
        CliRun run = CliRun.of("diagnose", MODEL, "--data", CliRun.IMAGES);
        assertThat(run.out()).contains("cnn/point/Conv2D").contains("growth of the signal");
    }

    @Test
    void mistakesAreNamed() throws IOException {
        assertThat(CliRun.of(MODEL, "--data", CliRun.IMAGES, "--signature", "other", "--dry-run"))
                .isEqualTo(new CliRun(
                        4, "", "lsuv-init: cnn-savedmodel: has no signature \"other\"; there are [serving_default]\n"));
        assertThat(CliRun.of(CliRun.model("mlp50.onnx"), "--data", CliRun.IMAGES, "--tag", "serve"))
                .extracting(CliRun::code, CliRun::err)
                .containsExactly(
                        2, "lsuv-init: --tag and --signature: " + CliRun.model("mlp50.onnx") + " is no SavedModel\n");
        assertThat(CliRun.of("inspect", folder)).extracting(CliRun::code).isEqualTo(3);
        Path broken = Files.createDirectory(folder.resolve("broken"));
        Files.writeString(broken.resolve("saved_model.pb"), "no protocol buffer at all");
        assertThat(CliRun.of("convert", broken).code()).isEqualTo(3);
        assertThat(broken.resolveSibling("broken.onnx")).doesNotExist();
    }

    @Test
    void threeLinesOfJavaDoTheSame() throws IOException {
        for (Path model : new Path[] {MODEL, CliRun.model("order-reversed.onnx")}) {
            Network network = Network.read(model);
            DataBatch batch = DataBatch.bind(network.inputs(), List.of(new DataArgument("", CliRun.IMAGES)));
            Network.Initialised done = network.initialize(batch);
            Path output = folder.resolve(model.getFileName() + ".lsuv.onnx");
            done.write(output);
            OnnxModel written = OnnxReader.read(output);
            assertThat(done.report().allConverged()).isTrue();
            assertThat(Verification.of(
                                    written, List.of(batch.tensors()), Verification.Scope.DEFAULT, OrtOptions.DEFAULT)
                            .layers())
                    .allSatisfy(
                            layer -> assertThat(layer.statistics().variance()).isBetween(0.99, 1.01));
        }
    }
}
