package org.lsuv.onnx.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.lsuv.onnx.TestModel.attribute;

import ai.onnx.proto.OnnxMl.GraphProto;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.TestModel;
import org.lsuv.onnx.pytorch.StateDict.Naming;

class StateDictTest {
    private static final Path MODELS = Path.of(System.getProperty("lsuv.root"), "testdata", "models");

    @Test
    void parametersAndBuffersOfAllTypesKeepWhatTheyAreCalled() {
        StateDict dict = new Export()
                .stored("fc.weight", 0, 3, 3)
                .integers("steps", 4, 5)
                .integers("onnx::Reshape_7", -1, 3)
                .node("Gemm", "/fc/Gemm", List.of("x", "fc.weight"), "y", attribute("transB", 1))
                .dict();
        assertThat(dict.naming()).isEqualTo(Naming.PYTORCH);
        assertThat(Export.recoveries(dict)).containsOnly(entry("fc.weight", "kept"), entry("steps", "kept"));
        assertThat(dict.lost()).isEmpty();
        assertThat(dict.notes()).isEmpty();
    }

    @Test
    void matrixIsNamedAfterTheBiasBehindItAndTurned() {
        StateDict dict = new Export()
                .stored("onnx::MatMul_9", 1, 3, 2)
                .stored("layers.0.attn.in_proj_bias", 10, 2)
                .node("MatMul", "MatMul_3", List.of("x", "onnx::MatMul_9"), "p")
                .node("Add", "Add_4", List.of("layers.0.attn.in_proj_bias", "p"), "y")
                .dict();
        String name = "layers.0.attn.in_proj_weight";
        assertThat(Export.recoveries(dict)).containsEntry(name, "bias").hasSize(2);
        assertThat(Export.parameter(dict, name).tensor().shape()).containsExactly(2, 3);
        assertThat(Export.values(dict, name)).containsExactly(1, 3, 5, 2, 4, 6);
        assertThat(Export.parameter(dict, name).sources()).containsExactly("onnx::MatMul_9");
    }

    @Test
    void biasOfAnotherSizeNamesNothing() {
        StateDict dict = new Export()
                .stored("onnx::MatMul_9", 1, 3, 2)
                .stored("fc.bias", 10, 1)
                .node("MatMul", "MatMul_3", List.of("x", "onnx::MatMul_9"), "p")
                .node("Add", "Add_4", List.of("p", "fc.bias"), "y")
                .dict();
        assertThat(Export.recoveries(dict)).containsOnly(entry("fc.bias", "kept"));
        assertThat(Export.reason(dict, "onnx::MatMul_9"))
                .isEqualTo("is read by MatMul \"MatMul_3\", and the nodes of this export do not name their modules");
    }

    @Test
    void matrixWithoutBiasIsNamedAfterItsModule() {
        StateDict dict = new Export()
                .stored("onnx::MatMul_9", 1, 3, 2)
                .node("MatMul", "/seq/seq.1/proj/MatMul", List.of("x", "onnx::MatMul_9"), "p")
                .node("Relu", "/Relu", List.of("p"), "y")
                .dict();
        assertThat(Export.recoveries(dict)).containsOnly(entry("seq.1.proj.weight", "scope"));
        assertThat(dict.notes()).singleElement().asString().startsWith("1 name (\"seq.1.proj.weight\") come");
    }

    @Test
    void matrixOfAModuleThatDoesMoreIsListedAndNotGuessed() {
        StateDict dict = new Export()
                .stored("onnx::MatMul_9", 1, 3, 2)
                .node("MatMul", "/block/MatMul", List.of("x", "onnx::MatMul_9"), "p")
                .node("Relu", "/block/Relu", List.of("p"), "y")
                .dict();
        assertThat(dict.parameters()).isEmpty();
        assertThat(Export.reason(dict, "onnx::MatMul_9"))
                .isEqualTo("is read by MatMul \"/block/MatMul\", and nothing there tells its name in PyTorch");
    }

    @Test
    void convolutionWithFoldedNormalisationHasWeightAndBiasAndSaysSo() {
        StateDict dict = new Export()
                .stored("onnx::Conv_5", 1, 2, 3, 1)
                .stored("onnx::Conv_6", 7, 2)
                .node(
                        "Conv",
                        "/features/features.0/features.0.0/Conv",
                        List.of("x", "onnx::Conv_5", "onnx::Conv_6"),
                        "y")
                .dict();
        assertThat(Export.recoveries(dict))
                .containsOnly(
                        entry("features.0.0.weight", "folded-batch-norm"),
                        entry("features.0.0.bias", "folded-batch-norm"));
        assertThat(dict.notes())
                .singleElement()
                .asString()
                .startsWith("batch normalisation is folded into 1 convolution (\"features.0.0\"): each has a weight");
    }

    @Test
    void biasThatPyTorch2CallsAfterTheInputBelongsToTheConvolution() {
        StateDict dict = new Export()
                .stored("stem.conv.weight", 1, 2, 3, 1)
                .stored("x_bias", 7, 2)
                .node("Conv", "node_Conv_3", List.of("x", "stem.conv.weight", "x_bias"), "y")
                .dict();
        assertThat(Export.recoveries(dict))
                .containsOnly(
                        entry("stem.conv.weight", "folded-batch-norm"), entry("stem.conv.bias", "folded-batch-norm"));
    }

    @Test
    void tensorInsideABodyIsListed() {
        GraphProto body = TestModel.opset(14)
                .floats("inner.weight", new long[] {2}, 1, 2)
                .node("Identity", List.of("inner.weight"), List.of("b"))
                .output("b", OnnxType.FLOAT, 2)
                .graph();
        StateDict dict = new Export()
                .stored("fc.weight", 0, 3, 3)
                .node("If", "/If", List.of("x"), "z", attribute("then_branch", body), attribute("else_branch", body))
                .node("Gemm", "/fc/Gemm", List.of("x", "fc.weight"), "y", attribute("transB", 1))
                .dict();
        assertThat(Export.reason(dict, "inner.weight")).isEqualTo("is inside the body of If \"/If\"");
    }

    @Test
    void kernelBesideANamedBiasWasComputedAndIsListed() {
        StateDict dict = new Export()
                .stored("onnx::Conv_5", 1, 2, 3, 1)
                .stored("conv.bias", 7, 2)
                .node("Conv", "/conv/Conv", List.of("x", "onnx::Conv_5", "conv.bias"), "y")
                .dict();
        assertThat(Export.recoveries(dict)).containsOnly(entry("conv.bias", "kept"));
        assertThat(Export.reason(dict, "onnx::Conv_5"))
                .startsWith("was computed from other parameters, as weight normalisation does");
    }

    @Test
    void vectorsOfGroupNormalisationLoseTheirOnes() {
        StateDict dict = new Export()
                .stored("ones", 1, 2)
                .stored("onnx::Mul_5", 1, 4, 1, 1)
                .stored("onnx::Add_6", 5, 4, 1, 1)
                .node("InstanceNormalization", "/g/InstanceNormalization", List.of("x", "ones", "ones"), "n")
                .node("Mul", "/g/Mul", List.of("n", "onnx::Mul_5"), "m")
                .node("Add", "/g/Add", List.of("m", "onnx::Add_6"), "y")
                .dict();
        assertThat(Export.parameter(dict, "g.weight").tensor().shape()).containsExactly(4);
        assertThat(Export.values(dict, "g.bias")).containsExactly(5, 6, 7, 8);
    }

    @Test
    void projectionsOfAnAttentionAreJoinedAgain() {
        StateDict dict = new Export()
                .stored("onnx::MatMul_1", 1, 2, 2)
                .stored("onnx::MatMul_2", 5, 2, 4)
                .stored("onnx::Add_3", 20, 2)
                .stored("onnx::Add_4", 22, 4)
                .stored("m.out_proj.weight", 40, 2, 2)
                .node("MatMul", "/m/MatMul", List.of("x", "onnx::MatMul_1"), "a")
                .node("Add", "/m/Add", List.of("onnx::Add_3", "a"), "q")
                .node("MatMul", "/m/MatMul_1", List.of("x", "onnx::MatMul_2"), "b")
                .node("Add", "/m/Add_1", List.of("onnx::Add_4", "b"), "kv")
                .node("Gemm", "/m/Gemm", List.of("q", "m.out_proj.weight"), "y", attribute("transB", 1))
                .dict();
        assertThat(Export.values(dict, "m.in_proj_weight")).containsExactly(1, 3, 2, 4, 5, 9, 6, 10, 7, 11, 8, 12);
        assertThat(Export.values(dict, "m.in_proj_bias")).containsExactly(20, 21, 22, 23, 24, 25);
        assertThat(dict.lost()).isEmpty();
    }

    @Test
    void projectionsOfOtherWidthsHaveNamesOfTheirOwn() {
        StateDict dict = new Export()
                .stored("onnx::MatMul_1", 1, 2, 2)
                .stored("onnx::MatMul_2", 5, 3, 2)
                .stored("onnx::MatMul_3", 11, 1, 2)
                .stored("m.out_proj.weight", 40, 2, 2)
                .node("MatMul", "/m/MatMul", List.of("x", "onnx::MatMul_1"), "q")
                .node("MatMul", "/m/MatMul_1", List.of("x", "onnx::MatMul_2"), "k")
                .node("MatMul", "/m/MatMul_2", List.of("x", "onnx::MatMul_3"), "v")
                .node("Gemm", "/m/Gemm", List.of("q", "m.out_proj.weight"), "y", attribute("transB", 1))
                .dict();
        assertThat(Export.recoveries(dict))
                .containsKeys("m.q_proj_weight", "m.k_proj_weight", "m.v_proj_weight")
                .hasSize(4);
        assertThat(Export.parameter(dict, "m.k_proj_weight").tensor().shape()).containsExactly(2, 3);
    }

    @Test
    void tensorReadByTwoModulesHasTwoNames() {
        StateDict dict = new Export()
                .stored("wte.weight", 1, 4, 3)
                .node("Gather", "/wte/Gather", List.of("wte.weight", "x"), "e")
                .node("Transpose", "/head/Transpose", List.of("wte.weight"), "t", attribute("perm", new long[] {1, 0}))
                .node("MatMul", "/head/MatMul", List.of("e", "t"), "y")
                .dict();
        assertThat(Export.recoveries(dict)).containsOnly(entry("wte.weight", "kept"), entry("head.weight", "tied"));
        assertThat(Export.values(dict, "head.weight")).isEqualTo(Export.values(dict, "wte.weight"));
        assertThat(dict.notes()).containsExactly("\"head.weight\" is \"wte.weight\": one parameter with two names");
    }

    @Test
    void tieThatFoldingHasCutIsToldOnceTheValuesDiffer() {
        float[] table = {1, 2, 3, 4, 5, 6};
        Export export = new Export()
                .stored("wte.weight", 1, 2, 3)
                .node("Gather", "/wte/Gather", List.of("wte.weight", "x"), "e")
                .node("MatMul", "/head/MatMul", List.of("e", "onnx::MatMul_8"), "y");
        OnnxModel tied = export.turned("onnx::MatMul_8", 2, 3, table).read();
        OnnxModel changed = tied.withWeights(
                Map.of("onnx::MatMul_8", OnnxTensor.ofFloats("onnx::MatMul_8", new long[] {3, 2}, 6, 5, 4, 3, 2, 1)));
        assertThat(StateDict.of(tied, tied).notes()).noneMatch(note -> note.contains("held equal values"));
        assertThat(StateDict.of(tied, changed).notes())
                .anyMatch(note ->
                        note.startsWith("\"head.weight\" and \"wte.weight\" held equal values and do no longer"));
    }

    @Test
    void twoTensorsForOneNameAreBothListed() {
        StateDict dict = new Export()
                .stored("onnx::MatMul_1", 1, 3, 3)
                .stored("onnx::MatMul_2", 2, 3, 3)
                .stored("fc.bias", 10, 3)
                .node("MatMul", "/fc/MatMul", List.of("x", "onnx::MatMul_1"), "a")
                .node("Add", "/fc/Add", List.of("fc.bias", "a"), "b")
                .node("MatMul", "/fc_1/MatMul", List.of("b", "onnx::MatMul_2"), "c")
                .node("Add", "/fc_1/Add", List.of("fc.bias", "c"), "y")
                .dict();
        assertThat(Export.recoveries(dict)).containsOnly(entry("fc.bias", "kept"));
        assertThat(Export.reason(dict, "onnx::MatMul_1"))
                .isEqualTo("would be \"fc.weight\", which \"onnx::MatMul_2\" is, too, with other values");
        assertThat(Export.reason(dict, "onnx::MatMul_2"))
                .isEqualTo("would be \"fc.weight\", which \"onnx::MatMul_1\" is, too, with other values");
    }

    @Test
    void nameThatATensorHasIsNotGivenToAnother() {
        StateDict dict = new Export()
                .stored("fc.weight", 1, 3, 3)
                .stored("onnx::MatMul_2", 2, 3, 3)
                .stored("fc.bias", 10, 3)
                .node("Gemm", "/fc/Gemm", List.of("x", "fc.weight", "fc.bias"), "a", attribute("transB", 1))
                .node("MatMul", "/fc_1/MatMul", List.of("a", "onnx::MatMul_2"), "c")
                .node("Add", "/fc_1/Add", List.of("fc.bias", "c"), "y")
                .dict();
        assertThat(Export.values(dict, "fc.weight")).startsWith(1, 2, 3);
        assertThat(Export.reason(dict, "onnx::MatMul_2"))
                .isEqualTo("would be \"fc.weight\", which \"fc.weight\" is, too, with other values");
    }

    @Test
    void secondCallOfAModuleThatReadsEqualValuesIsTheSameModule() {
        Export export = new Export()
                .stored("onnx::MatMul_1", 1, 3, 3)
                .node("Identity", "Identity_0", List.of("onnx::MatMul_1"), "onnx::MatMul_2")
                .node("MatMul", "/fc/MatMul", List.of("x", "onnx::MatMul_1"), "a")
                .node("MatMul", "/fc_1/MatMul", List.of("a", "onnx::MatMul_2"), "y");
        assertThat(Export.recoveries(export.dict())).containsOnly(entry("fc.weight", "scope"));
    }

    @Test
    void moduleWithANumberAtItsEndIsItsOwn() {
        StateDict dict = new Export()
                .stored("onnx::MatMul_1", 1, 3, 3)
                .stored("onnx::MatMul_2", 2, 3, 3)
                .node("MatMul", "/fc/MatMul", List.of("x", "onnx::MatMul_1"), "a")
                .node("MatMul", "/fc_1/MatMul", List.of("a", "onnx::MatMul_2"), "y")
                .dict();
        assertThat(Export.recoveries(dict)).containsOnlyKeys("fc.weight", "fc_1.weight");
    }

    @Test
    void mergedParametersKeepTheirOwnNames() {
        StateDict dict = new Export()
                .stored("n.0.bias", 1, 3)
                .stored("onnx::MatMul_2", 2, 3, 3)
                .node("Identity", "Identity_0", List.of("n.0.bias"), "n.1.bias")
                .node("MatMul", "/n.1/MatMul", List.of("x", "onnx::MatMul_2"), "a")
                .node("Add", "/n.1/Add", List.of("n.1.bias", "a"), "y")
                .dict();
        assertThat(Export.recoveries(dict))
                .containsOnly(entry("n.0.bias", "kept"), entry("n.1.bias", "kept"), entry("n.1.weight", "bias"));
    }

    @Test
    void copiesMadeSinceTheExportAreNoParameters() {
        Export before = new Export()
                .stored("fc.weight", 1, 3, 3)
                .node("Gemm", "/fc/Gemm", List.of("x", "fc.weight"), "y", attribute("transB", 1));
        Export after = new Export()
                .stored("fc.weight", 1, 3, 3)
                .stored("fc.weight_2", 5, 3, 3)
                .node("Gemm", "/fc/Gemm", List.of("x", "fc.weight_2"), "y", attribute("transB", 1));
        StateDict dict = StateDict.of(before.read(), after.read());
        assertThat(Export.recoveries(dict)).containsOnly(entry("fc.weight", "kept"));
        assertThat(Export.reason(dict, "fc.weight_2")).startsWith("is a copy made by --ties split");
    }

    @Test
    void modelOfAnotherToolKeepsNamesAndLayouts() {
        StateDict dict = new Export()
                .by("tf2onnx")
                .stored("model/dense/MatMul/ReadVariableOp:0", 1, 3, 3)
                .node("MatMul", "model/dense/MatMul", List.of("x", "model/dense/MatMul/ReadVariableOp:0"), "y")
                .dict();
        assertThat(dict.naming()).isEqualTo(Naming.ONNX);
        assertThat(Export.values(dict, "model/dense/MatMul/ReadVariableOp:0")).startsWith(1, 2, 3);
        assertThat(dict.notes()).singleElement().asString().startsWith("the model does not come from PyTorch");
    }

    @Test
    void realExportsAreNamedWhole() throws Exception {
        for (String name : List.of(
                "transformer-layer",
                "lstm",
                "gru",
                "rnn",
                "resnet20-eval",
                "resnet20-training",
                "attention",
                "decoder",
                "constants",
                "mlp-external")) {
            OnnxModel model = OnnxReader.read(MODELS.resolve(name + ".onnx"));
            StateDict dict = StateDict.of(model, model);
            assertThat(dict.lost()).as(name).isEmpty();
            assertThat(dict.parameters())
                    .as(name)
                    .allMatch(parameter -> parameter.name().matches("[a-z0-9_.]+"));
        }
    }
}
