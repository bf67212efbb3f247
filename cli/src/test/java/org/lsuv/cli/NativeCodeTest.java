package org.lsuv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Starts Java without TensorFlow's native libraries, and shows which commands do not need them. */
class NativeCodeTest {
    private static CliRun withoutTensorFlow(Object... args) throws IOException, InterruptedException {
        String path = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.matches(".*tensorflow-core-native-.*-(linux|macosx|windows)-.*\\.jar"))
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", path, Main.class.getName()));
        Arrays.stream(args).map(Object::toString).forEach(command::add);
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return new CliRun(process.exitValue(), out, "");
    }

    @Test
    void helpAndInspectNeedNone() throws IOException, InterruptedException {
        assertThat(withoutTensorFlow("--help").code()).isZero();
        CliRun run = withoutTensorFlow("inspect", CliRun.model("tied.onnx"));
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("10 with");
        CliRun ops = withoutTensorFlow("inspect", "--ops");
        assertThat(ops.code()).isZero();
        assertThat(ops.out()).containsPattern("ai\\.onnx +Conv +1");
    }

    @Test
    void verifyNeedsOnnxRuntimeAlone() throws IOException, InterruptedException {
        CliRun run = withoutTensorFlow("verify", CliRun.model("tied.onnx"), "--data", CliRun.IMAGES);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).contains("ONNX Runtime: 0 of 10 layers");
    }

    @Test
    void initWithoutThemFailsInOrder() throws IOException, InterruptedException {
        CliRun run = withoutTensorFlow(CliRun.model("tied.onnx"), "--data", CliRun.IMAGES, "--dry-run");
        assertThat(run.code()).isEqualTo(5);
        assertThat(run.out()).isEmpty();
    }
}
