package org.lsuv.onnx.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lsuv.onnx.TestModel.attribute;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.TestModel;

class OnnxLayersTest {
    private static TestModel model() {
        return TestModel.opset(17).input("x", OnnxType.FLOAT, "n", "k");
    }

    static TestModel weight(TestModel model, String name, long... shape) {
        int count = 1;
        for (long size : shape) {
            count *= (int) size;
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = i + 1;
        }
        return model.floats(name, shape, values);
    }

    private static OnnxLayers find(TestModel model) {
        return OnnxLayers.find(model.read().graph());
    }

    private static OnnxLayer only(TestModel model) {
        List<OnnxLayer> layers = find(model).layers();
        assertThat(layers).hasSize(1);
        return layers.get(0);
    }

    private static void assertKernel(KernelLayout kernel, long blocks, long fanIn, long fanOut, long channels) {
        assertThat(List.of(kernel.blocks(), kernel.fanIn(), kernel.fanOut(), kernel.channels()))
                .as("blocks, fan-in, fan-out, channels")
                .containsExactly(blocks, fanIn, fanOut, channels);
    }

    @ParameterizedTest
    @CsvSource({
        // operator, groups, shape of the kernel, then blocks, fan-in, fan-out and channels
        "Conv,          1,  8, 6, 3, 5, 1,  90,  8,  8",
        "Conv,          2,  8, 6, 3, 5, 2,  90,  4,  8",
        "Conv,          8,  8, 1, 3, 5, 8,  15,  1,  8",
        "Conv,          4,  8, 1, 3, 5, 4,  15,  2,  8",
        "ConvTranspose, 1,  8, 6, 3, 5, 1,   8, 90,  6",
        "ConvTranspose, 2,  8, 6, 3, 5, 2,   4, 90, 12",
        "ConvTranspose, 8,  8, 1, 3, 5, 8,   1, 15,  8",
    })
    void kernelsOfConvolutionsAreMatricesOfTheirGroups(
            String operator,
            long groups,
            long a,
            long b,
            long c,
            long d,
            long blocks,
            long in,
            long out,
            long channels) {
        TestModel model = weight(model(), "w", a, b, c, d)
                .node(operator, List.of("x", "w"), List.of("y"), attribute("group", groups));

        assertKernel(only(model).kernel(), blocks, in, out, channels);
    }

    @ParameterizedTest
    @CsvSource({
        // weight on the right?, its shape, transA, transB, then fan-in and fan-out
        "true,  3, 5, 0, 0, 3, 5",
        "true,  3, 5, 0, 1, 5, 3",
        "true,  3, 5, 1, 0, 3, 5",
        "false, 3, 5, 0, 0, 5, 3",
        "false, 3, 5, 1, 0, 3, 5",
        "false, 3, 5, 0, 1, 5, 3",
    })
    void gemmTakesItsWeightOnEitherSideAndTransposed(
            boolean right, long rows, long columns, long transA, long transB, long in, long out) {
        TestModel model = weight(model(), "w", rows, columns)
                .node(
                        "Gemm",
                        right ? List.of("x", "w") : List.of("w", "x"),
                        List.of("y"),
                        attribute("transA", transA),
                        attribute("transB", transB));

        assertKernel(only(model).kernel(), 1, in, out, out);
    }

    @Test
    void matMulTakesItsWeightOnEitherSideAndInBatches() {
        assertKernel(
                only(weight(model(), "w", 3, 5).node("MatMul", List.of("x", "w"), List.of("y")))
                        .kernel(),
                1,
                3,
                5,
                5);
        assertKernel(
                only(weight(model(), "w", 3, 5).node("MatMul", List.of("w", "x"), List.of("y")))
                        .kernel(),
                1,
                5,
                3,
                3);
        assertKernel(
                only(weight(model(), "w", 7, 2, 3, 5).node("MatMul", List.of("x", "w"), List.of("y")))
                        .kernel(),
                14,
                3,
                5,
                5);
    }

    @Test
    void aVectorIsALayerWithOneOutput() {
        assertKernel(
                only(weight(model(), "w", 3).node("MatMul", List.of("x", "w"), List.of("y")))
                        .kernel(),
                1,
                3,
                1,
                1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                // equation; shape of the weight, which is the second operand; blocks, fan-in, fan-out, channels
                "btd,dhe->bhte; 6 2 4; 1; 6; 8; 8",
                "btd,hde->bhte; 2 6 4; 1; 6; 8; 8",
                "bthe,hed->btd; 2 4 6; 1; 8; 6; 6",
                "bti,oi->bto; 5 3; 1; 3; 5; 5",
                "bti,oi; 5 3; 1; 3; 5; 5",
                "bi,eio->beo; 7 3 5; 1; 3; 35; 35",
                "bei,eio->beo; 7 3 5; 7; 3; 5; 5",
                "bhd,hd->bh; 7 3; 7; 3; 1; 1",
                "...eo,eoi->...ei; 7 3 5; 7; 3; 5; 5",
                "bi,...io->b...o; 7 3 5; 7; 3; 5; 5",
                "b i, i o -> b o; 3 5; 1; 3; 5; 5",
            })
    void labelsOfAnEinsumTellWhatTheAxesOfItsWeightAre(
            String equation, String shape, long blocks, long in, long out, long channels) {
        TestModel model = weight(model(), "w", sizes(shape))
                .node("Einsum", List.of("x", "w"), List.of("y"), attribute("equation", equation));

        assertKernel(only(model).kernel(), blocks, in, out, channels);
    }

    @Test
    void anEinsumTakesItsWeightAnywhere() {
        TestModel model = weight(model(), "w", 5, 3)
                .node("Einsum", List.of("w", "x", "x"), List.of("y"), attribute("equation", "oi,ni,ni->no"));

        assertKernel(only(model).kernel(), 1, 3, 5, 5);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {"ni,io->nio; 3 5", "ni,ii->ni; 3 3", "ni,i->ni; 3", "ni,...i->n; 5 3", "ni,io->no; 3", "ni->n; 3"})
    void anEinsumThatSumsOverNoAxisOfAStoredOperandIsNoLayer(String equation, String shape) {
        TestModel model = weight(model(), "w", sizes(shape))
                .node("Einsum", List.of("x", "w"), List.of("y"), attribute("equation", equation));

        assertThat(find(model).layers()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                // equation; shape of the weight; shape of what is added; is it a bias?
                "btd,dhe->bthe; 6 2 4; 2 4; true",
                "btd,dhe->bthe; 6 2 4; 4; true",
                "btd,dhe->bthe; 6 2 4; 2 1; false",
                "btd,dhe->bthe; 6 2 4; 9 2 4; false",
                "btd,dhe->bhte; 6 2 4; 2 1 4; true",
                "btd,dhe->bhte; 6 2 4; 2 9 4; false",
                "bei,eio->beo; 7 3 5; 7 5; true",
                "bi,oi->...o; 5 3; 5; true",
                "bi,oi->o...; 5 3; 5; false",
            })
    void theBiasOfAnEinsumVariesAlongAxesOfItsWeight(String equation, String shape, String added, boolean isBias) {
        TestModel model = weight(weight(model(), "w", sizes(shape)), "b", sizes(added))
                .node("Einsum", List.of("x", "w"), List.of("y"), attribute("equation", equation))
                .node("Add", List.of("y", "b"), List.of("z"));

        assertThat(only(model).bias().isPresent()).isEqualTo(isBias);
    }

    @Test
    void productsOfTwoConstantsOrOfNoneHaveNoLayer() {
        TestModel constants = weight(weight(model(), "v", 3, 5), "w", 5, 3)
                .node("MatMul", List.of("v", "w"), List.of("a"))
                .node("Gemm", List.of("v", "w"), List.of("b"))
                .node("MatMul", List.of("x", "x"), List.of("c"));
        TestModel convolution = weight(weight(model(), "image", 1, 3, 8, 8), "w", 4, 3, 3, 3)
                .node("Conv", List.of("image", "w"), List.of("y"));

        assertThat(find(constants).layers()).isEmpty();
        assertThat(find(convolution).layers()).isEmpty();
    }

    @Test
    void aProductThatIsAWeightItselfIsNoLayer() {
        TestModel model = weight(weight(model(), "a", 4, 2), "b", 2, 5)
                .node("Relu", List.of("a"), List.of("positive"))
                .node("MatMul", List.of("positive", "b"), List.of("w"))
                .node("MatMul", List.of("x", "w"), List.of("y"));

        assertThat(find(model).layers()).isEmpty();
        assertThat(find(model).notInitialised())
                .extracting(NotInitialised::reason)
                .containsExactly(
                        "is a parameter of a computed weight: MatMul \"y\" reads what Relu, MatMul make of it",
                        "is a parameter of a computed weight: MatMul \"y\" reads what MatMul makes of it");
    }

    @Test
    void aLayerMayStartFromALearnedQuery() {
        TestModel model = weight(weight(model(), "query", 4, 2), "w", 2, 5)
                .node("Shape", List.of("x"), List.of("sizes"))
                .node("Expand", List.of("query", "sizes"), List.of("queries"))
                .node("MatMul", List.of("queries", "w"), List.of("q"))
                .node("MatMul", List.of("q", "x"), List.of("y"));

        assertThat(only(model).weight().source()).isEqualTo("w");
    }

    @Test
    void aWeightWithoutElementsIsNoLayer() {
        TestModel model = weight(model(), "w", 0, 5)
                .node("MatMul", List.of("x", "w"), List.of("y"))
                .initializer(TestModel.tensor("empty", OnnxType.FLOAT, 0, 1L << 40, 1L << 40)
                        .build())
                .node("Conv", List.of("x", "empty"), List.of("z"), attribute("group", 1L << 40));

        assertThat(find(model).layers()).isEmpty();
    }

    @Test
    void aConvolutionHasItsOwnBiasAlongTheChannels() {
        TestModel model =
                weight(weight(model(), "w", 8, 3, 3, 3), "b", 8).node("Conv", List.of("x", "w", "b"), List.of("y"));

        assertThat(only(model).bias()).hasValueSatisfying(bias -> {
            assertThat(bias.path().source()).isEqualTo("b");
            assertThat(bias.broadcast()).isEqualTo(OnnxLayer.Broadcast.CHANNELS);
        });
        assertThat(only(model).output()).isEqualTo("y");
    }

    @Test
    void betaOfGemmScalesItsBias() {
        TestModel model = weight(weight(model(), "w", 3, 5), "c", 5)
                .node("Gemm", List.of("x", "w", "c"), List.of("y"), attribute("beta", 0.5f));

        assertThat(only(model).bias()).map(OnnxLayer.Bias::factor).contains(0.5f);
    }

    @ParameterizedTest
    @CsvSource({
        // operator, shape of the weight, shape of what is added, is it a bias?
        "Conv, 8 3 3 3, 8 1 1, true",
        "Conv, 8 3 3 3, 1 8 1 1, true",
        "Conv, 8 3 3 3, 8, false",
        "Conv, 8 3 3 3, 1 8, false",
        "Conv, 8 3 3 3, 1 8 4 4, false",
        "MatMul, 3 5, 5, true",
        "MatMul, 3 5, 1 1 5, true",
        "MatMul, 3 5, 1 4 5, false",
        "MatMul, 3 5, 1, false",
        "MatMul, 5 5, 5 1, false",
        "MatMul, 7 3 5, 7 1 5, true",
        "MatMul, 7 3 5, 5, true",
        "MatMul, 7 3 5, 7 4 5, false",
        "Gemm, 3 5, 5, true",
        "Gemm, 3 5, 1 5, true",
        "Gemm, 3 5, 5 1, false",
    })
    void whatIsAddedIsABiasWhereItHasOneValuePerChannel(String operator, String weight, String added, boolean isBias) {
        TestModel model = weight(weight(model(), "w", sizes(weight)), "b", sizes(added))
                .node(operator, List.of("x", "w"), List.of("y"))
                .node("Add", List.of("b", "y"), List.of("z"));

        assertThat(only(model).bias().isPresent()).isEqualTo(isBias);
        assertThat(only(model).output()).isEqualTo(isBias ? "z" : "y");
    }

    private static long[] sizes(String text) {
        return java.util.Arrays.stream(text.split(" "))
                .mapToLong(Long::parseLong)
                .toArray();
    }

    @Test
    void channelsOfAWeightOnTheLeftAreTheRows() {
        TestModel rows = weight(weight(model(), "w", 5, 3), "b", 5, 1)
                .node("MatMul", List.of("w", "x"), List.of("y"))
                .node("Add", List.of("y", "b"), List.of("z"));
        TestModel columns = weight(weight(model(), "w", 5, 3), "b", 5)
                .node("MatMul", List.of("w", "x"), List.of("y"))
                .node("Add", List.of("y", "b"), List.of("z"));

        assertThat(only(rows).bias()).isPresent();
        assertThat(only(columns).bias()).isEmpty();
    }

    @Test
    void anAddAlongANamedAxisOfTheFirstVersionsIsNoBias() {
        TestModel model = weight(weight(TestModel.opset(6).input("x", OnnxType.FLOAT, 5, 3), "w", 3, 5), "b", 5)
                .node("MatMul", List.of("x", "w"), List.of("y"))
                .node("Add", List.of("y", "b"), List.of("z"), attribute("broadcast", 1L), attribute("axis", 0L));

        assertThat(only(model).bias()).isEmpty();
    }

    @Test
    void aProductThatSomethingElseReadsIsMeasuredItself() {
        TestModel read = weight(weight(model(), "w", 3, 5), "b", 5)
                .node("MatMul", List.of("x", "w"), List.of("y"))
                .node("Add", List.of("y", "b"), List.of("z"))
                .node("Relu", List.of("y"), List.of("r"));
        TestModel output = weight(weight(model(), "w", 3, 5), "b", 5)
                .node("MatMul", List.of("x", "w"), List.of("y"))
                .node("Add", List.of("y", "b"), List.of("z"))
                .output("y", OnnxType.FLOAT, "n", 5);
        TestModel sum = weight(model(), "w", 3, 5)
                .node("MatMul", List.of("x", "w"), List.of("y"))
                .node("Add", List.of("y", "y"), List.of("z"));

        for (TestModel model : List.of(read, output, sum)) {
            assertThat(only(model).bias()).isEmpty();
            assertThat(only(model).output()).isEqualTo("y");
        }
    }

    @Test
    void twoProductsOfOneInitializerShareTheirSource() {
        TestModel model = weight(model(), "w", 5, 5)
                .node("MatMul", List.of("x", "w"), List.of("a"))
                .node("Transpose", List.of("w"), List.of("t"))
                .node("MatMul", List.of("a", "t"), List.of("b"));

        assertThat(find(model).layers())
                .extracting(layer -> layer.weight().source())
                .containsExactly("w", "w");
        assertThat(find(model).layers()).extracting(OnnxLayer::index).containsExactly(0, 1);
        assertThat(find(model).trainable()).containsExactly("w");
    }

    private static TestModel batchNorm(String mean, String variance, long... trainingMode) {
        TestModel model = model();
        for (String name : List.of("s", "b", "m", "v")) {
            weight(model, name, 4);
        }
        List<String> inputs = List.of("x", "s", "b", mean, variance);
        return trainingMode.length == 0
                ? model.node("BatchNormalization", inputs, List.of("y"))
                : model.node("BatchNormalization", inputs, List.of("y"), attribute("training_mode", trainingMode[0]));
    }

    @Test
    void batchNormsWithStatisticsOfTheirOwnAreListed() {
        assertThat(find(batchNorm("m", "v")).batchNorms()).hasSize(1).allSatisfy(norm -> {
            assertThat(norm.mean()).isEqualTo("m");
            assertThat(norm.variance()).isEqualTo("v");
            assertThat(norm.name()).isEqualTo("y");
        });
        assertThat(find(batchNorm("m", "v", 0)).batchNorms()).hasSize(1);
    }

    @Test
    void batchNormsWhoseStatisticsOthersReadAreLeftOut() {
        assertThat(find(batchNorm("m", "v").node("Relu", List.of("m"), List.of("r")))
                        .batchNorms())
                .isEmpty();
        assertThat(find(batchNorm("m", "v").output("v", OnnxType.FLOAT, 4)).batchNorms())
                .isEmpty();
        assertThat(find(batchNorm("m", "m")).batchNorms()).isEmpty();
        assertThat(find(batchNorm("m", "s")).batchNorms())
                .as("scale read as variance")
                .isEmpty();
        assertThat(find(batchNorm("computed", "v").node("Relu", List.of("m"), List.of("computed")))
                        .batchNorms())
                .isEmpty();
        assertThat(find(batchNorm("copy", "v").node("Identity", List.of("m"), List.of("copy")))
                        .batchNorms())
                .isEmpty();
    }

    @Test
    void batchNormsInTrainingFormAreLeftOut() {
        assertThat(find(batchNorm("m", "v", 1)).batchNorms()).isEmpty();
        TestModel older = TestModel.opset(9).input("x", OnnxType.FLOAT, "n", 4);
        for (String name : List.of("s", "b", "m", "v")) {
            weight(older, name, 4);
        }
        older.node("BatchNormalization", List.of("x", "s", "b", "m", "v"), List.of("y", "", "v2"));

        assertThat(find(older).batchNorms()).isEmpty();
    }

    @Test
    void layersAreNamedAfterTheirNodeOrElseTheirOutput() {
        assertThat(only(weight(model(), "w", 3, 5).node("MatMul", List.of("x", "w"), List.of("y")))
                        .name())
                .isEqualTo("y");
    }

    @Test
    void anOperatorOfAnotherDomainIsNoLayer() {
        TestModel model = weight(model(), "w", 3, 5)
                .node(ai.onnx.proto.OnnxMl.NodeProto.newBuilder()
                        .setDomain("other")
                        .setOpType("MatMul")
                        .addAllInput(List.of("x", "w"))
                        .addOutput("y")
                        .build());

        assertThat(find(model).layers()).isEmpty();
        assertThat(Optional.of(find(model).trainable())).contains(java.util.Set.of());
    }
}
