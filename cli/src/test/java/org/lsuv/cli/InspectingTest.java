package org.lsuv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;

class InspectingTest {
    @Test
    void inspectShowsLayersWithTheirFans() {
        CliRun run = CliRun.of("inspect", CliRun.model("resnet20-unfused.onnx"));
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines())
                .contains(
                        "  format       IR version 8, operator set ai.onnx 17",
                        "  inputs       input: float32[batch, 1, 28, 28]",
                        "  batch norms  21 with running statistics",
                        " 8  /5/second/second.0/Conv      Conv  5.second.0.weight    32×32×3×3     288       32  –",
                        "21  /13/Gemm                     Gemm  13.weight            10×64          64       10"
                                + "  yes");
    }

    @Test
    void inspectNamesWeightsThatAreNotInitialisedWithTheReason() {
        CliRun run = CliRun.of("inspect", CliRun.model("decoder.onnx"));
        assertThat(run.out().lines())
                .endsWith(
                        "not initialised:",
                        "  positions (1×28×16) is added to activations by Add \"/Add_1\","
                                + " as a positional parameter or mask is",
                        "  block.mask (28×28) is added to activations by Add \"/block/Add\","
                                + " as a positional parameter or mask is");
    }

    @Test
    void tableFitsATerminalOfEightyColumns() {
        CliRun run = CliRun.on(new Terminal(true, false, 80, false), "inspect", CliRun.model("fitnet-maxout.onnx"));
        assertThat(run.code()).isZero();
        assertThat(run.out().lines().filter(line -> line.contains("  Conv  ")))
                .hasSize(17)
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
    }

    @Test
    void verifyFindsLayersOffTargetAndEndsWithOne() {
        CliRun run = CliRun.of("verify", CliRun.model("order-reversed.onnx"), "--data", CliRun.IMAGES);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("/conv1/Conv_output_0").contains("  off\n");
        assertThat(run.out()).endsWith("\nONNX Runtime: 0 of 5 layers within 1 % of variance 1\n");
    }

    @Test
    void quietVerifySaysNothingButTheExitCode() {
        CliRun run = CliRun.of("verify", CliRun.model("order-reversed.onnx"), "--data", CliRun.IMAGES, "-q");
        assertThat(run).isEqualTo(new CliRun(1, "", ""));
    }

    @Test
    void checkComparesEveryValue() {
        CliRun run = CliRun.of("check", CliRun.model("order-reversed.onnx"));
        assertThat(run.code()).isZero();
        assertThat(run.out()).startsWith("10 of 10 values agree with ONNX Runtime; the largest error is ");
    }

    @Test
    void opsListsWhatIsSupportedWithoutAModel() {
        CliRun run = CliRun.of("inspect", "--ops");
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines().map(line -> line.replaceAll(" +", " ")))
                .contains("domain operator since version", "ai.onnx Softmax 1, 13");
        assertThat(run.out()).endsWith(" operators\n");
    }

    @Test
    void opsOfAModelAreCountedWithTheirSupport() {
        CliRun run = CliRun.of("inspect", "--ops", CliRun.model("resnet20-unfused.onnx"));
        assertThat(run.code()).isZero();
        assertThat(run.out().lines())
                .contains("ai.onnx  Conv                   17     21  1")
                .anyMatch(line -> line.matches("resnet20-unfused.onnx: (\\d+) of \\1 operators supported"));
    }

    @Test
    void opsAsJsonNameDomainOperatorAndVersions() {
        CliRun all = CliRun.of("inspect", "--ops", "--json");
        JsonObject softmax = operator(all, "Softmax");
        assertThat(softmax.get("domain").getAsString()).isEqualTo("ai.onnx");
        assertThat(softmax.get("sinceVersions").toString()).isEqualTo("[1,13]");
        assertThat(softmax.get("nodes").isJsonNull()).isTrue();
        CliRun one = CliRun.of("inspect", "--ops", "--json", CliRun.model("resnet20-unfused.onnx"));
        JsonObject conv = operator(one, "Conv");
        assertThat(conv.get("nodes").getAsInt()).isEqualTo(21);
        assertThat(conv.get("opset").getAsInt()).isEqualTo(17);
        assertThat(conv.get("supported").getAsBoolean()).isTrue();
    }

    private static JsonObject operator(CliRun run, String name) {
        assertThat(run.code()).isZero();
        for (JsonElement element :
                JsonParser.parseString(run.out()).getAsJsonObject().getAsJsonArray("operators")) {
            JsonObject operator = element.getAsJsonObject();
            if (operator.get("operator").getAsString().equals(name)) {
                return operator;
            }
        }
        throw new AssertionError(name + " is not listed");
    }
}
