package org.lsuv.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InitTest {
    @TempDir
    Path folder = Path.of("");

    private Path copy(String model) throws IOException {
        return Files.copy(CliRun.model(model), folder.resolve(model));
    }

    private static JsonObject json(Path file) throws IOException {
        return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    }

    private static void assertFollowsSchema(JsonObject report) throws IOException {
        try (InputStreamReader reader = new InputStreamReader(
                Objects.requireNonNull(Main.class.getResourceAsStream("report.schema.json")), StandardCharsets.UTF_8)) {
            SchemaCheck.check("report", JsonParser.parseReader(reader).getAsJsonObject(), report);
        }
    }

    @Test
    void writesBesideTheModelWhatVerifyConfirms() throws IOException {
        Path model = copy("order-reversed.onnx");
        CliRun run = CliRun.of(model, "--data", CliRun.IMAGES);
        Path output = folder.resolve("order-reversed.lsuv.onnx");
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains("\n5 of 5 layers within 1 % of variance 1\nONNX Runtime: variance at most ")
                .containsPattern("\nwrote \\Q" + output + "\\E \\(.* s, 2 forward passes\\)\n$");
        assertThat(model).hasSameBinaryContentAs(CliRun.model("order-reversed.onnx"));
        assertThat(CliRun.of("verify", output, "--data", CliRun.IMAGES, "--tolerance", "0.0001")
                        .code())
                .isZero();
    }

    @Test
    void aDecoderWithATiedEmbeddingReachesVarianceOne() throws IOException {
        CliRun run = CliRun.of(copy("decoder.onnx"), "--data", CliRun.IMAGES);
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("\n5 of 5 layers within 1 % of variance 1\nONNX Runtime: variance at most ");
    }

    @Test
    void sameSeedGivesTheSameFileAndAnotherSeedAnother() throws IOException {
        Path model = copy("order-reversed.onnx");
        Path first = initialised(model, "a.onnx", "7");
        assertThat(initialised(model, "b.onnx", "7")).hasSameBinaryContentAs(first);
        assertThat(Files.mismatch(initialised(model, "c.onnx", "8"), first)).isNotNegative();
    }

    private Path initialised(Path model, String name, String seed) {
        Path output = folder.resolve(name);
        CliRun run = CliRun.of(model, "--data", CliRun.IMAGES, "-o", output, "--seed", seed, "-q", "--no-verify");
        assertThat(run).isEqualTo(new CliRun(0, "", ""));
        return output;
    }

    @Test
    void dryRunWritesNothingAndStillMeasures() throws IOException {
        CliRun run = CliRun.of(copy("order-reversed.onnx"), "--data", CliRun.IMAGES, "--dry-run");
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("ONNX Runtime: variance at most").contains("\ndry run: nothing written (");
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void flaggedLayerIsExplainedAndEndsWithOne() throws IOException {
        Path file = folder.resolve("report.json");
        CliRun run = CliRun.of(copy("dead-layer.onnx"), "--data", CliRun.IMAGES, "--init", "keep", "--report", file);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).containsPattern("\nflagged \"[^\"]+\": its output is zero for every sample");
        JsonArray layers = json(file).getAsJsonArray("layers");
        assertThat(layers).anySatisfy(layer -> {
            assertThat(text(layer, "status")).isEqualTo("flagged");
            assertThat(text(layer, "reason")).startsWith("its output is zero for every sample");
        });
    }

    private static String text(JsonElement object, String field) {
        return object.getAsJsonObject().get(field).getAsString();
    }

    @Test
    void tiedLayersAreMarkedAndMeasuredTogether() throws IOException {
        CliRun run = CliRun.of(copy("tied.onnx"), "--data", CliRun.IMAGES);
        assertThat(run.code()).isZero();
        assertThat(run.out().lines().filter(line -> line.endsWith("  ok, tied")))
                .hasSize(7);
        assertThat(run.out().lines())
                .containsSubsequence(
                        "10 of 10 layers within 1 % of variance 1",
                        "tied layers have one weight: the target holds for their outputs together");
    }

    @Test
    void modelOfATypeThatOnnxRuntimeLacksIsInitialisedUnverified() throws IOException {
        CliRun run = CliRun.of(copy("mlp-bfloat16.onnx"), "--data", CliRun.IMAGES);
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("\nnot verified in ONNX Runtime: mlp-bfloat16.lsuv.onnx: ");
    }

    @Test
    void excludedLayersAreSkipped() throws IOException {
        CliRun run = CliRun.of(copy("order-reversed.onnx"), "--data", CliRun.IMAGES, "--exclude", "^/fc");
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("\n3 of 5 layers within 1 % of variance 1, 2 skipped\n");
    }

    @Test
    void reportFollowsItsSchema() throws IOException {
        Path file = folder.resolve("report.json");
        CliRun run = CliRun.of(copy("order-reversed.onnx"), "--data", CliRun.IMAGES, "--report", file, "-q");
        assertThat(run).isEqualTo(new CliRun(0, "", ""));
        JsonObject report = json(file);
        assertFollowsSchema(report);
        assertThat(report.get("opset").getAsInt()).isEqualTo(17);
        assertThat(report.getAsJsonObject("batch").getAsJsonObject("input").get("shape"))
                .hasToString("[256,1,28,28]");
        assertThat(report.getAsJsonObject("timings").get("ortForward").getAsDouble())
                .isPositive();
    }

    @Test
    void residualJoinsAreInTheReport() throws IOException {
        Path file = folder.resolve("report.json");
        CliRun run = CliRun.of(
                copy("resnet20-nobn.onnx"),
                "--data",
                CliRun.IMAGES,
                "--residual",
                "unit",
                "--report",
                file,
                "--dry-run");
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("\n9 residual joins: the last sum has ");
        JsonObject report = json(file);
        assertFollowsSchema(report);
        JsonArray joins = report.getAsJsonArray("joins");
        assertThat(joins).hasSize(9);
        JsonObject verification = report.getAsJsonObject("verification");
        JsonArray confirmed = verification.getAsJsonArray("joins");
        assertThat(confirmed).hasSize(9);
        for (int i = 0; i < 9; i++) {
            JsonObject expected = joins.get(i).getAsJsonObject();
            JsonObject found = confirmed.get(i).getAsJsonObject();
            assertThat(found.get("name")).isEqualTo(expected.get("name"));
            for (String number : new String[] {"streamVariance", "branchVariance", "sumVariance", "reached"}) {
                assertThat(found.get(number).getAsDouble()
                                / expected.get(number).getAsDouble())
                        .as(number)
                        .isCloseTo(1, within(1e-4));
            }
        }
        assertThat(verification.get("maxJoinDeviation").getAsDouble()).isBetween(0.0, 1e-4);
        assertThat(run.out())
                .containsPattern(
                        "\n#  join  +stream  ONNX RT +branch  ONNX RT +sum  ONNX RT +share\n0  /2/Add_output_0 ")
                .containsPattern(
                        "\nONNX Runtime: variances at joins at most \\S+ of their stream's off TensorFlow's\n");
    }

    @Test
    void layersThatEndBranchesOfNothingAreZeroed() throws IOException {
        Path file = folder.resolve("report.json");
        CliRun run = CliRun.of(
                copy("transformer-layer.onnx"),
                "--data",
                CliRun.IMAGES,
                "--residual",
                "fixup",
                "--report",
                file,
                "--dry-run");

        assertThat(run.code()).isZero();
        assertThat(run.out())
                .containsPattern("\n *\\d+ .* –  +0  +0  +0  zeroed\n")
                .contains(" layers within 1 % of variance 1, 2 zeroed\n");
        JsonObject report = json(file);
        assertFollowsSchema(report);
        assertThat(report.getAsJsonArray("layers"))
                .map(JsonElement::getAsJsonObject)
                .filteredOn(layer -> layer.get("status").getAsString().equals("zeroed"))
                .hasSize(2)
                .allSatisfy(layer -> {
                    assertThat(layer.get("varianceBefore").isJsonNull()).isTrue();
                    assertThat(layer.get("scale").getAsDouble()).isZero();
                    assertThat(layer.get("variance").getAsDouble()).isZero();
                });
    }

    @Test
    void aPlanHoldsForItsLayersAndTellsOfRulesWithout() throws IOException {
        Path plan = Files.writeString(folder.resolve("plan.json"), """
                {"layers": [{"match": "conv1", "target": 2}, {"match": "^/fc", "skip": true}, {"match": "none"}]}""");
        CliRun run = CliRun.of(copy("order-reversed.onnx"), "--data", CliRun.IMAGES, "--plan", plan, "--dry-run", "-v");
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("\n3 of 5 layers within 1 % of variance 1, 2 skipped\n");
        assertThat(run.err()).contains("rule 3 of the plan, \"none\", matches no layer");
    }

    @Test
    void reportStatesWhatBothEnginesMeasured() throws IOException {
        Path file = folder.resolve("report.json");
        CliRun.of(copy("order-reversed.onnx"), "--data", CliRun.IMAGES, "--report", file, "-q");
        JsonArray layers = json(file).getAsJsonArray("layers");
        JsonObject verification = json(file).getAsJsonObject("verification");
        JsonArray confirmed = verification.getAsJsonArray("layers");
        assertThat(layers).hasSize(5).hasSameSizeAs(confirmed);
        double worst = 0;
        for (int i = 0; i < layers.size(); i++) {
            JsonObject layer = layers.get(i).getAsJsonObject();
            JsonObject measured = confirmed.get(i).getAsJsonObject();
            assertThat(measured.get("output")).isEqualTo(layer.get("output"));
            double variance = measured.get("variance").getAsDouble();
            assertThat(variance).isCloseTo(layer.get("variance").getAsDouble(), within(1e-5));
            worst = Math.max(worst, Math.abs(variance - 1));
        }
        assertThat(verification.get("maxError").getAsDouble()).isEqualTo(worst);
    }

    @Test
    void withoutVerificationTheReportSaysWhy() throws IOException {
        Path file = folder.resolve("report.json");
        CliRun run = CliRun.of(copy("order-reversed.onnx"), "--data", CliRun.IMAGES, "--report", file, "--no-verify");
        assertThat(run.out()).contains("\nnot verified in ONNX Runtime: --no-verify was given\n");
        JsonObject report = json(file);
        assertThat(report.get("verification").isJsonNull()).isTrue();
        assertThat(report.get("verificationReason").getAsString()).isEqualTo("--no-verify was given");
        assertThat(report.getAsJsonObject("timings").get("verify").isJsonNull()).isTrue();
    }
}
