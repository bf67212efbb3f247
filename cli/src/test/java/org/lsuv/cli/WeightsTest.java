package org.lsuv.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.data.NpzFile;

class WeightsTest {
    @TempDir
    Path folder = Path.of("");

    private CliRun run(String model, Path weights, Object... more) {
        Object[] args = new Object[7 + more.length];
        Object[] first = {
            CliRun.model(model), "--data", CliRun.IMAGES, "-o", folder.resolve("out.onnx"), "--weights", weights
        };
        System.arraycopy(first, 0, args, 0, first.length);
        System.arraycopy(more, 0, args, first.length, more.length);
        return CliRun.of(args);
    }

    @Test
    void npzHoldsWhatTheWrittenModelHoldsInPyTorchsLayout() throws IOException {
        Path file = folder.resolve("w.npz");
        CliRun run = run("transformer-layer.onnx", file, "--no-verify");
        assertThat(run.code()).isZero();
        assertThat(run.out()).endsWith("\nwrote " + file + ": 16 tensors under PyTorch's names\n");
        Map<String, OnnxTensor> weights = NpzFile.read(file);
        OnnxModel written = OnnxReader.read(folder.resolve("out.onnx"));
        String source = written.graph().nodes().stream()
                .filter(node -> node.name().equals("/body/linear1/MatMul"))
                .map(node -> node.input(1))
                .findFirst()
                .orElseThrow();
        OnnxTensor stored = written.graph().initializer(source).orElseThrow();
        OnnxTensor weight = Objects.requireNonNull(weights.get("body.linear1.weight"));
        int inputs = (int) stored.shape()[0];
        int outputs = (int) stored.shape()[1];
        assertThat(weight.shape()).containsExactly(outputs, inputs);
        assertThat(weight.toDoubles()[inputs]).isEqualTo(stored.toDoubles()[1], within(0.0));
        assertThat(weight.toDoubles()[1]).isEqualTo(stored.toDoubles()[outputs], within(0.0));
    }

    @Test
    void reportListsEveryTensorAndFollowsItsSchema() throws IOException {
        Path file = folder.resolve("w.safetensors");
        Path report = folder.resolve("report.json");
        CliRun run = run("resnet20-eval.onnx", file, "--no-verify", "--report", report);
        assertThat(run.out())
                .contains("\nwrote " + file + ": 44 tensors under PyTorch's names\n"
                        + "note: batch normalisation is folded into 21 convolutions (\"0.0\" …): ");
        JsonObject json = JsonParser.parseString(Files.readString(report)).getAsJsonObject();
        try (InputStreamReader reader = new InputStreamReader(
                Objects.requireNonNull(Main.class.getResourceAsStream("report.schema.json")), StandardCharsets.UTF_8)) {
            SchemaCheck.check("report", JsonParser.parseReader(reader).getAsJsonObject(), json);
        }
        JsonObject weights = json.getAsJsonObject("weights");
        assertThat(weights.get("file").getAsString()).isEqualTo(file.toString());
        assertThat(weights.getAsJsonArray("lost")).isEmpty();
        assertThat(weights.getAsJsonArray("tensors"))
                .hasSize(44)
                .extracting(JsonElement::getAsJsonObject)
                .anySatisfy(tensor -> {
                    assertThat(tensor.get("name").getAsString()).isEqualTo("10.second.0.bias");
                    assertThat(tensor.get("recovery").getAsString()).isEqualTo("folded-batch-norm");
                });
    }

    @Test
    void dryRunNamesTheTensorsAndWritesNone() {
        Path file = folder.resolve("w.npz");
        CliRun run = run("order-reversed.onnx", file, "--no-verify", "--dry-run");
        assertThat(run.out()).endsWith("\nwould write " + file + ": 10 tensors under PyTorch's names\n");
        assertThat(file).doesNotExist();
    }

    @Test
    void existingFileIsRefusedBeforeAnyWork() throws IOException {
        Path file = Files.writeString(folder.resolve("w.npz"), "precious");
        assertThat(run("order-reversed.onnx", file))
                .isEqualTo(new CliRun(2, "", "lsuv-init: " + file + ": exists already; give --force to replace it\n"));
        assertThat(file).hasContent("precious");
    }

    @Test
    void fileOfAnotherKindIsRefused() {
        Path file = folder.resolve("w.pt");
        assertThat(run("order-reversed.onnx", file))
                .isEqualTo(new CliRun(
                        2,
                        "",
                        "lsuv-init: --weights: " + file + ": expected a name that ends in .safetensors or .npz\n"));
    }

    @Test
    void weightsOverTheModelAreRefused() {
        Path file = folder.resolve("w.npz");
        assertThat(CliRun.of(
                                CliRun.model("order-reversed.onnx"),
                                "--data",
                                CliRun.IMAGES,
                                "-o",
                                file,
                                "--weights",
                                file)
                        .err())
                .isEqualTo("lsuv-init: --weights: " + file + " is the model; give the weights a name of their own\n");
    }
}
