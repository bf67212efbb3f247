package org.lsuv.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsuv.tf.Gpu;

class UsageTest {
    private static final Path MODEL = CliRun.model("order-reversed.onnx");

    @TempDir
    Path folder = Path.of("");

    static Stream<Arguments> mistakes() {
        String model = MODEL.toString();
        return Stream.of(
                mistake("no model; give an ONNX file or a SavedModel, or --help for help"),
                mistake("no data; give a batch of real inputs with --data FILE (.npy, .npz or .pb)", model),
                mistake(
                        "unknown option: '--dat=x.npy' (did you mean --data?); see lsuv-init --help",
                        model,
                        "--dat=x.npy"),
                mistake(
                        "invalid value for option '--init': expected one of the names that --help lists, got 'he-norml' (did you mean he-normal?); see lsuv-init --help",
                        model,
                        "--init",
                        "he-norml"),
                mistake(
                        "--tolerance: expected a number between 0 and 1, got 1.5",
                        model,
                        "--data",
                        "x.npy",
                        "--tolerance",
                        "1.5"),
                mistake(
                        "--target-variance: expected a positive number, got -1.0",
                        model,
                        "--data",
                        "x.npy",
                        "--target-variance",
                        "-1"),
                mistake(
                        "--max-iterations: expected at least 1, got 0",
                        model,
                        "--data",
                        "x.npy",
                        "--max-iterations",
                        "0"),
                mistake("--batch-size: expected at least 1, got 0", "check", model, "--batch-size", "0"),
                mistake("--threads: expected 0 or more, got -2", "check", model, "--threads", "-2"),
                mistake("--quiet and --verbose exclude each other", "inspect", model, "--quiet", "--verbose"),
                mistake(
                        "no model; give an ONNX file or a SavedModel, or --ops for the operators that are supported",
                        "inspect",
                        "--verbose"),
                mistake("--json: only with --ops", "inspect", model, "--json"),
                mistake("nowhere.onnx: no such file or folder", "inspect", "nowhere.onnx"),
                mistake("nowhere.npy: no such file or folder", "verify", model, "--data", "nowhere.npy"));
    }

    private static Arguments mistake(String message, String... args) {
        return Arguments.of(message, List.of(args));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mistakes")
    void mistakeIsNamedInOneLineAndEndsWithTwo(String message, List<String> args) {
        assertThat(CliRun.of(args.toArray())).isEqualTo(new CliRun(2, "", "lsuv-init: " + message + "\n"));
    }

    @Test
    void gpuThatIsNotThereIsMissed() {
        assumeFalse(Gpu.isVisible(), "skipped: TensorFlow sees a GPU here");

        CliRun run = CliRun.of("theory", "--device", "gpu");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err())
                .startsWith("lsuv-init: --device gpu: TensorFlow sees no GPU; ")
                .hasLineCount(1);
    }

    @Test
    void existingOutputIsRefusedBeforeTheModelIsRead() throws IOException {
        Path model = Files.writeString(folder.resolve("model.onnx"), "no model at all");
        Path output = Files.writeString(folder.resolve("model.lsuv.onnx"), "precious");
        CliRun run = CliRun.of(model, "--data", CliRun.IMAGES);
        assertThat(run)
                .isEqualTo(
                        new CliRun(2, "", "lsuv-init: " + output + ": exists already; give --force to replace it\n"));
        assertThat(output).hasContent("precious");
    }

    @Test
    void modelItselfAsOutputIsRefusedWithoutForce() throws IOException {
        Path model = Files.copy(MODEL, folder.resolve("model.onnx"));
        CliRun run = CliRun.of(model, "--data", CliRun.IMAGES, "-o", model);
        assertThat(run)
                .isEqualTo(new CliRun(2, "", "lsuv-init: " + model + ": exists already; give --force to replace it\n"));
        assertThat(model).hasSameBinaryContentAs(MODEL);
    }

    @Test
    void dataFileOfAnExternalModelIsNotOverwritten() throws IOException {
        Path model = Files.copy(CliRun.model("mlp-external.onnx"), folder.resolve("mlp-external.onnx"));
        Files.copy(CliRun.model("mlp-external.onnx.data"), folder.resolve("mlp-external.onnx.data"));
        Path taken = Files.writeString(folder.resolve("mlp-external.lsuv.onnx.data"), "precious");
        CliRun run = CliRun.of(model, "--data", CliRun.IMAGES);
        assertThat(run.err()).endsWith("mlp-external.lsuv.onnx.data: exists already; give --force to replace it\n");
        assertThat(run.code()).isEqualTo(2);
        assertThat(taken).hasContent("precious");
    }

    @Test
    void reportOverTheOutputIsRefused() {
        Path output = folder.resolve("out.onnx");
        CliRun run = CliRun.of(MODEL, "--data", CliRun.IMAGES, "-o", output, "--report", output, "--force");
        assertThat(run.err())
                .isEqualTo("lsuv-init: --report: " + output + " is the model; give the report a name of its own\n");
        assertThat(run.code()).isEqualTo(2);
    }

    @Test
    void folderThatDoesNotExistIsNamed() {
        CliRun run = CliRun.of(MODEL, "--data", CliRun.IMAGES, "-o", folder.resolve("none/out.onnx"));
        assertThat(run.err()).isEqualTo("lsuv-init: " + folder.resolve("none") + ": no such file or folder\n");
        assertThat(run.code()).isEqualTo(2);
    }

    @Test
    void malformedModelEndsWithThree() throws IOException {
        Path model = Files.writeString(folder.resolve("model.onnx"), "no model at all");
        CliRun run = CliRun.of("inspect", model);
        assertThat(run.err()).startsWith("lsuv-init: model.onnx: ").hasLineCount(1);
        assertThat(run.code()).isEqualTo(3);
    }

    @Test
    void malformedDataEndsWithThree() throws IOException {
        Path data = Files.write(folder.resolve("batch.npy"), new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'});
        CliRun run = CliRun.of("verify", MODEL, "--data", data);
        assertThat(run.err()).startsWith("lsuv-init: batch.npy: ").hasLineCount(1);
        assertThat(run.code()).isEqualTo(3);
    }

    @Test
    void modelThatOnnxRuntimeCannotRunEndsVerifyWithFour() {
        CliRun run = CliRun.of("verify", CliRun.model("mlp-bfloat16.onnx"), "--data", CliRun.IMAGES);
        assertThat(run.err())
                .startsWith("lsuv-init: mlp-bfloat16.onnx: ONNX Runtime cannot load the model: ")
                .hasLineCount(1);
        assertThat(run.code()).isEqualTo(4);
    }

    @Test
    void helpListsEveryExitCode() {
        CliRun run = CliRun.of("--help");
        assertThat(run.code()).isZero();
        for (ExitCode exit : ExitCode.values()) {
            assertThat(run.out()).containsPattern("\n +" + exit.code() + "  +\\w");
        }
    }

    @Test
    void versionsComeFromTheBuild() {
        CliRun run = CliRun.of("--version");
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .containsPattern("^lsuv-init \\d+\\.\\d+")
                .containsPattern("TensorFlow Java \\d+\\.\\d+")
                .containsPattern("ONNX Runtime \\d+\\.\\d+")
                .doesNotContain("${");
    }

    @Test
    void completionKnowsOptionsAndTheirValues() {
        CliRun run = CliRun.of("generate-completion");
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("--batch-norm", "recalibrate", "inspect", "--ops", "complete");
    }
}
