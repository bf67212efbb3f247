package org.lsuv.tf.residual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lsuv.onnx.OnnxType.FLOAT;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.layers.PreparedWeights;
import org.lsuv.onnx.layers.TieRule;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.onnximport.ImportOptions;
import org.lsuv.tf.onnximport.OnnxImporter;
import org.lsuv.tf.onnximport.TestModels;

class ResidualsTest {
    private static final int WIDTH = 4;

    private static Residuals find(OnnxModel model) {
        return Residuals.find(
                OnnxImporter.load(PreparedWeights.prepare(model, TieRule.AUTO, 0), ImportOptions.defaults()));
    }

    private static Residuals ofFile(String file) throws IOException {
        return find(OnnxReader.read(Path.of(System.getProperty("lsuv.root", ".."), "testdata/models", file)));
    }

    /** Starts a model with an input of four columns and square matrices w1 to w5. */
    private static TestModels model(long... batch) {
        TestModels model = TestModels.opset(17).input("x", FLOAT, batch.length == 0 ? new long[] {8, WIDTH} : batch);
        for (int i = 1; i < 6; i++) {
            model.initializer(weight("w" + i, WIDTH, WIDTH));
        }
        return model;
    }

    private static OnnxTensor weight(String name, long... shape) {
        int values = (int) Arrays.stream(shape).reduce(1, Math::multiplyExact);
        float[] numbers = new float[values];
        for (int i = 0; i < values; i++) {
            numbers[i] = 0.1f * (i % 7) + 0.01f * name.hashCode() % 5;
        }
        return OnnxTensor.ofFloats(name, shape, numbers);
    }

    private static List<String> outputs(List<WeightedLayer> layers) {
        return layers.stream().map(WeightedLayer::output).toList();
    }

    private static Join only(Residuals found) {
        assertThat(found.joins()).hasSize(1);
        return found.joins().get(0);
    }

    @ParameterizedTest
    @CsvSource({
        "resnet20-nobn.onnx, 0, PROPORTIONAL",
        "resnet20-eval.onnx, 2, PROPORTIONAL",
        "resnet20-unfused.onnx, 2, NORMALISED",
        "resnet20-training.onnx, 2, NORMALISED"
    })
    void everyBlockOfAResNetIsAJoin(String file, int projections, Join.Passage passage) throws IOException {
        List<Join> joins = ofFile(file).joins();

        assertThat(joins).hasSize(9).allSatisfy(join -> {
            assertThat(join.layers()).hasSize(2);
            assertThat(join.last()).containsExactly(join.layers().get(1));
            assertThat(join.passage()).isEqualTo(passage);
        });
        assertThat(joins.stream().filter(join -> !join.projections().isEmpty())).hasSize(projections);
        assertThat(joins).extracting(Join::index).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8);
    }

    @Test
    void attentionAndMlpOfATransformerAreBranches() throws IOException {
        List<Join> joins = ofFile("transformer-layer.onnx").joins();

        assertThat(joins).hasSize(2).allSatisfy(join -> {
            assertThat(join.passage()).isEqualTo(Join.Passage.PROPORTIONAL);
            assertThat(join.layers()).hasSize(2);
        });
        assertThat(joins.get(0).last().get(0).name()).contains("self_attn");
        assertThat(joins.get(1).last().get(0).name()).contains("linear2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mlp50.onnx",
                "lstm.onnx",
                "gru.onnx",
                "attention.onnx",
                "tied.onnx",
                "squeezenet1_1.onnx",
                "fitnet-maxout.onnx"
            })
    void networksWithoutShortcutsHaveNoJoin(String file) throws IOException {
        Residuals found = ofFile(file);

        assertThat(found.joins()).isEmpty();
        assertThat(found.concatenations()).isEmpty();
    }

    @Test
    void theStreamIsFoundOnEitherSideOfTheSum() {
        OnnxModel model = model().node("MatMul", "x,w1", "a")
                .node("Relu", "a", "r")
                .node("MatMul", "r,w2", "b")
                .node("Add", "b,x", "s")
                .node("MatMul", "s,w3", "c")
                .node("Add", "s,c", "y")
                .build("y");
        List<Join> joins = find(model).joins();

        assertThat(joins).extracting(Join::name).containsExactly("s", "y");
        assertThat(outputs(joins.get(0).layers())).containsExactly("a", "b");
        assertThat(outputs(joins.get(1).last())).containsExactly("c");
        assertThat(joins.get(1).stream()).isEqualTo(joins.get(0).sum());
        assertThat(joins.get(1).fork()).isEqualTo(joins.get(0).sum());
    }

    @Test
    void aDifferenceIsASumOfTheStreamAndTheNegatedBranch() {
        assertThat(only(find(model().node("MatMul", "x,w1", "noise")
                                .node("Sub", "x,noise", "y")
                                .build("y")))
                        .layers())
                .hasSize(1);
    }

    @Test
    void twoBranchesOnOneStreamAreTwoJoins() {
        // x + f(x) + g(x) in one operator, and in the order in which the second stream is the first sum.
        OnnxModel sum = model().node("MatMul", "x,w1", "a")
                .node("MatMul", "x,w2", "b")
                .node("Add", "x,a", "s")
                .node("Add", "s,b", "y")
                .build("y");

        List<Join> joins = find(sum).joins();

        assertThat(joins).extracting(Join::name).containsExactly("s", "y");
        assertThat(outputs(joins.get(1).layers())).containsExactly("b");
        assertThat(joins.get(1).fork()).isEqualTo(joins.get(0).fork());
    }

    @Test
    void parallelLayersOfABranchAreItsLastOnesTogether() {
        OnnxModel model = model().node("MatMul", "x,w1", "a")
                .node("MatMul", "x,w2", "b")
                .node("Add", "a,b", "both")
                .node("Add", "x,both", "y")
                .build("y");
        Join join = only(find(model));

        assertThat(join.name()).isEqualTo("y");
        assertThat(outputs(join.last())).containsExactly("a", "b");
        assertThat(join.passage()).isEqualTo(Join.Passage.PROPORTIONAL);
    }

    @Test
    void aGateThatTheBranchOpensForItselfIsNoProportion() {
        OnnxModel model = model().node("MatMul", "x,w1", "a")
                .node("MatMul", "a,w2", "g")
                .node("Sigmoid", "g", "t")
                .node("Mul", "a,t", "b")
                .node("Add", "x,b", "y")
                .build("y");
        Join join = only(find(model));

        assertThat(outputs(join.last())).containsExactly("a");
        assertThat(join.passage()).isEqualTo(Join.Passage.NONLINEAR);
    }

    @Test
    void aGateInsideOfTheBranchLeavesItsLastLayerInProportion() {
        OnnxModel model = model().node("MatMul", "x,w1", "a")
                .node("MatMul", "a,w2", "g")
                .node("Sigmoid", "g", "t")
                .node("Mul", "a,t", "b")
                .node("MatMul", "b,w3", "c")
                .node("Relu", "c", "d")
                .node("Add", "x,d", "y")
                .build("y");
        Join join = only(find(model));

        assertThat(outputs(join.layers())).containsExactly("a", "g", "c");
        assertThat(outputs(join.last())).containsExactly("c");
        assertThat(join.passage()).isEqualTo(Join.Passage.PROPORTIONAL);
    }

    @Test
    void sumsThatAddNoBranchAreNoJoins() {
        OnnxModel model = model(2, 3, WIDTH)
                .initializer(weight("bias", WIDTH))
                .initializer(weight("positions", 3, WIDTH))
                .node("Add", "x,positions", "e")
                .node("MatMul", "e,w1", "a")
                .node("Add", "a,bias", "b")
                .node("Mul", "b,b", "c")
                .node("Add", "b,c", "d")
                .node("MatMul", "d,w2", "left")
                .node("MatMul", "d,w3", "right")
                .node("Add", "left,right", "y")
                .build("y");

        assertThat(find(model).joins()).isEmpty();
    }

    @Test
    void aMaskThatEarlierBlocksReadTooIsNoStream() {
        TestModels model = model(2, WIDTH, WIDTH).input("mask", FLOAT, 2, WIDTH, WIDTH);
        String value = "x";
        for (int i = 1; i < 4; i++) {
            model.node("MatMul", value + ",w" + i, "q" + i)
                    .node("Transpose", value, "k" + i, "perm", new long[] {0, 2, 1})
                    .node("MatMul", "q" + i + ",k" + i, "s" + i)
                    .node("Add", "s" + i + ",mask", "m" + i)
                    .node("Softmax", "m" + i, "p" + i, "axis", -1)
                    .node("MatMul", "p" + i + "," + value, "y" + i);
            value = "y" + i;
        }

        assertThat(find(model.build(value)).joins()).isEmpty();
    }

    @Test
    void stepsOfARecurrentCellAreNoJoins() {
        TestModels model = model(2, 3, WIDTH);
        String state = "";
        for (int i = 0; i < 3; i++) {
            model.initializer(OnnxTensor.ofLongs("i" + i, new long[] {}, i))
                    .node("Gather", "x,i" + i, "x" + i, "axis", 1)
                    .node("MatMul", "x" + i + ",w1", "a" + i);
            if (state.isEmpty()) {
                model.node("Tanh", "a" + i, "h" + i);
            } else {
                model.node("MatMul", state + ",w2", "r" + i)
                        .node("Add", "a" + i + ",r" + i, "z" + i)
                        .node("Tanh", "z" + i, "h" + i);
            }
            state = "h" + i;
        }

        assertThat(find(model.build(state)).joins()).isEmpty();
    }

    @Test
    void aPyramidOfFeaturesIsNoJoin() {
        OnnxModel model = model().node("MatMul", "x,w1", "c1")
                .node("Relu", "c1", "r1")
                .node("MatMul", "r1,w2", "c2")
                .node("Relu", "c2", "r2")
                .node("MatMul", "r2,w3", "lateral2")
                .node("MatMul", "r1,w4", "lateral1")
                .node("Add", "lateral1,lateral2", "merged")
                .node("Relu", "lateral2", "top")
                .node("MatMul", "top,w5", "head")
                .build("merged", "head");

        assertThat(find(model).joins()).isEmpty();
    }

    @Test
    void twoTowersOnTheInputAreNoJoin() {
        OnnxModel model = model().node("MatMul", "x,w1", "wide")
                .node("MatMul", "x,w2", "a")
                .node("Relu", "a", "r")
                .node("MatMul", "r,w3", "deep")
                .node("Add", "wide,deep", "y")
                .build("y");

        assertThat(find(model).joins()).isEmpty();
    }

    @Test
    void aConcatenationIsReportedWithItsLayers() {
        OnnxModel model = model().initializer(weight("wide", 2 * WIDTH, WIDTH))
                .node("MatMul", "x,w1", "a")
                .node("Concat", "x,a", "xa", "axis", 1)
                .node("MatMul", "xa,wide", "b")
                .node("Concat", "x,a,b", "y", "axis", 1)
                .build("y");
        Residuals found = find(model);

        assertThat(found.joins()).isEmpty();
        assertThat(found.concatenations()).extracting(Concatenation::name).containsExactly("xa", "y");
        assertThat(outputs(found.concatenations().get(1).layers())).containsExactly("a", "b");
    }

    @ParameterizedTest
    @CsvSource({"h, x, false", "x, h, true"})
    void aHighwayIsRecognisedByItsGate(String open, String closed, boolean carries) {
        OnnxModel model = model().initializer(OnnxTensor.ofFloats("one", new long[] {}, 1))
                .node("MatMul", "x,w1", "a")
                .node("Relu", "a", "h")
                .node("MatMul", "x,w2", "g")
                .node("Sigmoid", "g", "t")
                .node("Sub", "one,t", "u")
                .node("Mul", open + ",t", "left")
                .node("Mul", "u," + closed, "right")
                .node("Add", "left,right", "y")
                .build("y");
        Residuals found = find(model);

        assertThat(found.joins()).isEmpty();
        assertThat(found.highways()).hasSize(1);
        Highway highway = found.highways().get(0);
        assertThat(highway.gate().output()).isEqualTo("g");
        assertThat(highway.carries()).isEqualTo(carries);
    }
}
