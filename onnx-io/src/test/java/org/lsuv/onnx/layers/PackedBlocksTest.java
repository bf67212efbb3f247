package org.lsuv.onnx.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lsuv.onnx.TestModel.attribute;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.TestModel;
import org.lsuv.onnx.layers.OutputChannels.Block;

/** One product for several layers, as exporters spell it. */
class PackedBlocksTest {
    private static final List<Block> THREE_OF_FOUR =
            List.of(new Block("1 of 3", 0, 4), new Block("2 of 3", 4, 8), new Block("3 of 3", 8, 12));

    private static TestModel product() {
        return OnnxLayersTest.weight(TestModel.opset(17).input("x", OnnxType.FLOAT, "n", "tokens", 5), "w", 5, 12)
                .node("MatMul", List.of("x", "w"), List.of("y"));
    }

    private static OnnxLayer layer(TestModel model) {
        return OnnxLayers.find(model.read().graph()).layers().get(0);
    }

    private static List<Block> blocks(TestModel model) {
        return layer(model).channels().blocks();
    }

    @Test
    void splitAlongTheChannelsCutsBlocks() {
        TestModel model = product()
                .longs("sizes", 4, 4, 4)
                .node("Split", List.of("y", "sizes"), List.of("q", "k", "v"), attribute("axis", -1));

        assertThat(blocks(model)).isEqualTo(THREE_OF_FOUR);
        KernelLayout kernel = layer(model).kernel();
        assertThat(List.of(kernel.blocks(), kernel.fanIn(), kernel.fanOut(), kernel.channels()))
                .containsExactly(3L, 5L, 4L, 12L);
    }

    @Test
    void unevenBlocksKeepOneMatrixAndScalesOfTheirOwn() {
        TestModel model = product()
                .longs("sizes", 8, 2, 2)
                .node("Split", List.of("y", "sizes"), List.of("q", "k", "v"), attribute("axis", 2));

        assertThat(blocks(model))
                .containsExactly(new Block("1 of 3", 0, 8), new Block("2 of 3", 8, 10), new Block("3 of 3", 10, 12));
        assertThat(layer(model).kernel().blocks()).isEqualTo(1);
    }

    @Test
    void splitAlongTokensCutsNothing() {
        TestModel model = product()
                .longs("sizes", 3, 3, 3)
                .node("Split", List.of("y", "sizes"), List.of("a", "b", "c"), attribute("axis", 1));

        assertThat(layer(model).channels().arePacked()).isFalse();
    }

    @Test
    void anotherReaderOfTheWholeProductKeepsItWhole() {
        TestModel model = product()
                .longs("sizes", 4, 4, 4)
                .node("Split", List.of("y", "sizes"), List.of("q", "k", "v"), attribute("axis", -1))
                .node("Relu", List.of("y"), List.of("all"));

        assertThat(layer(model).channels().arePacked()).isFalse();
    }

    @Test
    void slicesWithComputedBoundsCutBlocks() {
        TestModel model = product()
                .longs("last", -1)
                .longs("two", 2)
                .longs("three", 3)
                .longs("axes", -1)
                .longs("start", 0)
                .node("Shape", List.of("y"), List.of("shape"))
                .node("Gather", List.of("shape", "last"), List.of("width"), attribute("axis", 0))
                .node("Add", List.of("width", "two"), List.of("rounded"))
                .node("Div", List.of("rounded", "three"), List.of("one"))
                .node("Mul", List.of("one", "two"), List.of("second"))
                .node("Mul", List.of("one", "three"), List.of("third"))
                .node("Slice", List.of("y", "second", "third", "axes"), List.of("v"))
                .node("Slice", List.of("y", "start", "one", "axes"), List.of("q"))
                .node("Slice", List.of("y", "one", "second", "axes"), List.of("k"));

        assertThat(blocks(model)).isEqualTo(THREE_OF_FOUR);
    }

    @Test
    void slicesThatLeaveAGapCutNothing() {
        TestModel model = product()
                .longs("start", 0)
                .longs("four", 4)
                .longs("eight", 8)
                .longs("end", 12)
                .longs("axes", -1)
                .node("Slice", List.of("y", "start", "four", "axes"), List.of("q"))
                .node("Slice", List.of("y", "eight", "end", "axes"), List.of("v"));

        assertThat(layer(model).channels().arePacked()).isFalse();
    }

    @Test
    void aReshapeThatCountsBlocksCutsThemWhereEachReaderTakesOne() {
        TestModel model = product()
                .longs("target", 0, 0, 3, 2, 2)
                .longs("zero", 0)
                .longs("one", 1)
                .longs("two", 2)
                .node("Reshape", List.of("y", "target"), List.of("heads"))
                .node("Transpose", List.of("heads"), List.of("t"), attribute("perm", new long[] {2, 0, 3, 1, 4}))
                .node("Gather", List.of("t", "zero"), List.of("q"), attribute("axis", 0))
                .node("Gather", List.of("t", "one"), List.of("k"), attribute("axis", 0))
                .node("Gather", List.of("t", "two"), List.of("v"), attribute("axis", 0));

        assertThat(blocks(model)).isEqualTo(THREE_OF_FOUR);
    }

    @Test
    void headsThatStayTogetherAreNoBlocks() {
        TestModel model = product()
                .longs("target", 0, 0, 3, 4)
                .node("Reshape", List.of("y", "target"), List.of("heads"))
                .node("Transpose", List.of("heads"), List.of("t"), attribute("perm", new long[] {0, 2, 1, 3}))
                .node("Relu", List.of("t"), List.of("z"));

        assertThat(layer(model).channels().arePacked()).isFalse();
    }

    @Test
    void aReshapeThatKeepsTheChannelsHidesNoSplit() {
        TestModel model = product()
                .longs("target", 0, 1, -1, 12)
                .longs("sizes", 4, 4, 4)
                .node("Reshape", List.of("y", "target"), List.of("viewed"))
                .node("Split", List.of("viewed", "sizes"), List.of("q", "k", "v"), attribute("axis", -1));

        assertThat(blocks(model)).isEqualTo(THREE_OF_FOUR);
    }

    @Test
    void manyReshapesInARowEndTheSearch() {
        TestModel model = product().longs("target", 0, 0, 12);
        String value = "y";
        for (int i = 0; i < 20_000; i++) {
            model.node("Reshape", List.of(value, "target"), List.of("r" + i));
            value = "r" + i;
        }

        assertThat(layer(model).channels().arePacked()).isFalse();
    }

    @Test
    void operatorsOfOtherDomainsAreNoArithmetic() {
        TestModel model = product()
                .longs("four", 4)
                .node(NodeProto.newBuilder()
                        .setDomain("other")
                        .setOpType("Identity")
                        .addInput("four")
                        .addOutput("five")
                        .build())
                .longs("start", 0)
                .longs("end", 12)
                .longs("axes", -1)
                .node("Slice", List.of("y", "start", "five", "axes"), List.of("a"))
                .node("Slice", List.of("y", "five", "end", "axes"), List.of("b"));

        assertThat(layer(model).channels().arePacked()).isFalse();
    }
}
