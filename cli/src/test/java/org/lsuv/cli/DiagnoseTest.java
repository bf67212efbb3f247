package org.lsuv.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.lsuv.cli.CliRun.TESTDATA;
import static org.lsuv.cli.CliRun.model;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsuv.onnx.ModelExtension;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxWriter;
import org.lsuv.onnx.Overwrite;

/** What {@code diagnose} says, and how it ends. */
class DiagnoseTest {
    private static final Path IMAGES = TESTDATA.resolve("data/fashion-mnist-64.npz");

    @Test
    void aHealthyNetworkIsFineAndItsReportFollowsTheSchema(@TempDir Path folder) throws IOException {
        Path json = folder.resolve("diagnosis.json");

        CliRun run =
                CliRun.of("diagnose", model("resnet20-unfused.onnx"), "--data", IMAGES, "--gradients", "--json", json);

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("log M over depth")
                .containsPattern("fine +gradients: ‖∇W‖/‖W‖")
                .contains("resnet20-unfused.onnx: fine (64 samples");
        JsonObject report = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
        SchemaCheck.check("report", schema(), report);
        assertThat(report.getAsJsonArray("layers")).hasSize(22);
        assertThat(report.getAsJsonArray("gradients")).hasSize(22);
        assertThat(report.getAsJsonObject("residuals").getAsJsonArray("blocks")).hasSize(9);
        assertThat(report.getAsJsonObject("verification").getAsJsonArray("joins"))
                .hasSize(9);
        assertThat(run.out()).contains("ONNX Runtime: variances at joins at most ");
    }

    @Test
    void bothEnginesAgreeOnJoinsByTheStatisticsOfEachPieceAndByStoredOnes(@TempDir Path folder) throws IOException {
        double batch = sumOfTheLastJoin(model("resnet20-unfused.onnx"), folder.resolve("batch.json"), "batch");
        double stored = sumOfTheLastJoin(model("resnet20-unfused.onnx"), folder.resolve("stored.json"), "stored");

        assertThat(stored).isNotCloseTo(batch, withinPercentage(5));
    }

    @Test
    void statisticsThatAnExporterMergedAreTheBatchsAllTheSame(@TempDir Path folder) throws IOException {
        Path merged = folder.resolve("merged.onnx");
        OnnxWriter.write(
                withMergedStatistics(OnnxReader.read(model("resnet20-unfused.onnx"))), merged, Overwrite.REFUSE);

        assertThat(sumOfTheLastJoin(merged, folder.resolve("merged.json"), "batch"))
                .isCloseTo(
                        sumOfTheLastJoin(model("resnet20-unfused.onnx"), folder.resolve("own.json"), "batch"),
                        withinPercentage(0.01));
    }

    /** Lets normalisations of one size read the statistics of the first of them, as equal initializers are written. */
    private static OnnxModel withMergedStatistics(OnnxModel model) {
        ModelExtension graph = ModelExtension.of(model);
        Map<Long, OnnxNode> first = new HashMap<>();
        graph.replaceNodes(node -> {
            if (!node.is("BatchNormalization")) {
                return false;
            }
            long channels =
                    model.graph().initializer(node.input(3)).orElseThrow().shape()[0];
            OnnxNode owner = first.putIfAbsent(channels, node);
            if (owner == null) {
                return false;
            }
            String mean = graph.node("Identity", owner.input(3)).add();
            String variance = graph.node("Identity", owner.input(4)).add();
            graph.node("BatchNormalization", node.input(0), node.input(1), node.input(2), mean, variance)
                    .addAs(node.outputs());
            return true;
        });
        assertThat(first).hasSize(3);
        return graph.whole();
    }

    /** Returns the variance as TensorFlow measured it, after having compared it with ONNX Runtime's. */
    private static double sumOfTheLastJoin(Path model, Path json, String statistics) throws IOException {
        CliRun.of("diagnose", model, "--data", IMAGES, "--batch-size", 24, "--batch-norm", statistics, "--json", json);
        JsonObject report = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
        JsonObject block = report.getAsJsonObject("residuals")
                .getAsJsonArray("blocks")
                .get(8)
                .getAsJsonObject();
        JsonObject join = report.getAsJsonObject("verification")
                .getAsJsonArray("joins")
                .get(8)
                .getAsJsonObject();
        double variance = block.get("variance").getAsDouble();
        assertThat(join.get("name")).isEqualTo(block.get("name"));
        assertThat(join.get("streamVariance").getAsDouble())
                .isCloseTo(block.get("streamVariance").getAsDouble(), withinPercentage(0.01));
        assertThat(join.get("branchVariance").getAsDouble())
                .isCloseTo(block.get("branchVariance").getAsDouble(), withinPercentage(0.01));
        assertThat(join.get("sumVariance").getAsDouble()).isCloseTo(variance, withinPercentage(0.01));
        return variance;
    }

    @Test
    void aNetworkThatWillNotStartEndsWithCodeOneAndAdvice() {
        CliRun run = CliRun.of("diagnose", model("mlp50.onnx"), "--data", IMAGES);

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out())
                .containsPattern("will not start +collapse of samples")
                .contains("→ ")
                .contains("mlp50.onnx: will not start");
    }

    @Test
    void jsonThatIsTheModelIsRefusedUnderItsOwnName() {
        Path model = model("mlp50.onnx");

        CliRun run = CliRun.of("diagnose", model, "--data", IMAGES, "--json", model, "--force");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err())
                .contains("--json: " + model + " is the model; give the report a name of its own")
                .doesNotContain("--report");
    }

    private static JsonObject schema() throws IOException {
        try (Reader reader = new InputStreamReader(
                Objects.requireNonNull(Main.class.getResourceAsStream("diagnosis.schema.json")),
                StandardCharsets.UTF_8)) {
            return JsonParser.parseReader(reader).getAsJsonObject();
        }
    }
}
