package org.lsuv.onnx.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModuleScopesTest {
    /** The scopes are those of real exports: torchvision's networks and nested containers. */
    @ParameterizedTest
    @CsvSource({
        "/fc/MatMul, fc",
        "/layer1/layer1.0/conv1/MatMul, layer1.0.conv1",
        "/t/layers.0/self_attn/MatMul, t.layers.0.self_attn",
        "/features/features.1/features.1.0/block/block.0/block.0.0/MatMul, features.1.0.block.0.0",
        "/layers.0/layers.0/MatMul, layers.0.layers.0",
        "/seq/seq.1/seq.1.0/layers.0/MatMul, seq.1.0.layers.0",
        "/0/0.1/MatMul, 0.1",
        "/trunk_output/block1/block1-0/f/a/a.0/MatMul, trunk_output.block1.block1-0.f.a.0"
    })
    void partsOfAScopeMakeThePathOfItsModule(String node, String module) {
        StateDict dict = new Export()
                .stored("onnx::MatMul_1", 1, 3, 3)
                .node("MatMul", node, List.of("x", "onnx::MatMul_1"), "y")
                .dict();
        assertThat(Export.recoveries(dict)).containsOnly(entry(module + ".weight", "scope"));
    }

    @Test
    void moduleThatIsOnlyPassedThroughIsFoundByParametersThatKeptTheirNames() {
        StateDict dict = new Export()
                .stored("onnx::MatMul_1", 1, 3, 3)
                .stored("backbone.stem.scale", 1, 3)
                .node("MatMul", "/stem/proj/MatMul", List.of("x", "onnx::MatMul_1"), "a")
                .node("Mul", "/stem/Mul", List.of("a", "backbone.stem.scale"), "y")
                .dict();
        assertThat(Export.recoveries(dict)).containsKey("backbone.stem.proj.weight");
    }

    @Test
    void metadataOfPyTorch2GivesThePath() {
        StateDict dict = new Export()
                .stored("val_3", 1, 3, 3)
                .node("MatMul", "node_MatMul_4", "['', 'a', 'a.b@1', 'linear']", List.of("x", "val_3"), "y")
                .dict();
        assertThat(Export.recoveries(dict)).containsOnly(entry("a.b.weight", "scope"));
    }

    @Test
    void flattenedNameGetsItsDotsBackFromTheModuleThatReadsIt() {
        StateDict dict = new Export()
                .stored("p_layer1_0_conv_weight", 1, 3, 3, 1)
                .stored("p_unread_bias", 1, 3)
                .node(
                        "Conv",
                        "node_Conv_4",
                        "['', 'layer1', 'layer1.0', 'layer1.0.conv', 'conv2d']",
                        List.of("x", "p_layer1_0_conv_weight"),
                        "y")
                .dict();
        assertThat(Export.recoveries(dict)).containsOnly(entry("layer1.0.conv.weight", "scope"));
        assertThat(Export.reason(dict, "p_unread_bias"))
                .isEqualTo("stands for a name with dots, and no node says where they were");
    }
}
