package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.lsuv.tf.onnximport.OrtReference.assertClose;
import static org.lsuv.tf.onnximport.OrtReference.draw;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class AttentionOpsTest {
    private static final double TOLERANCE = 1e-5;

    @ParameterizedTest
    @CsvSource({"4, 4, 0, 0", "4, 2, 1, 0", "4, 1, 0, 1.5", "2, 2, 1, 2"})
    void attentionTakesHeadsPackedAndSpreadWithAnyBatch(int heads, int shared, int causal, float softcap) {
        Object[] attributes = {
            "q_num_heads", heads, "kv_num_heads", shared, "is_causal", causal, "softcap", softcap, "scale", 0.3f
        };
        OnnxModel packed = TestModels.opset(23)
                .input("q", OnnxType.FLOAT, -1, -1, heads * 8L)
                .input("k", OnnxType.FLOAT, -1, -1, shared * 8L)
                .input("v", OnnxType.FLOAT, -1, -1, shared * 6L)
                .node("Attention", "q,k,v", "y", attributes)
                .build("y");
        assertClose(
                packed,
                TOLERANCE,
                draw("q", 2, 5, heads * 8L),
                draw("k", 2, 5, shared * 8L),
                draw("v", 2, 5, shared * 6L));
        OnnxModel spread = TestModels.opset(24)
                .input("q", OnnxType.FLOAT, -1, heads, -1, 8)
                .input("k", OnnxType.FLOAT, -1, shared, -1, 8)
                .input("v", OnnxType.FLOAT, -1, shared, -1, 6)
                .node("Attention", "q,k,v", "y", Arrays.copyOfRange(attributes, 4, 10))
                .build("y");
        assertClose(
                spread, TOLERANCE, draw("q", 2, heads, 5, 8), draw("k", 2, shared, 5, 8), draw("v", 2, shared, 5, 6));
    }

    @ParameterizedTest
    @ValueSource(strings = {"3,5", "1,3,5", "4,3,5", "1,1,3,5", "2,1,3,5", "2,4,3,5"})
    void masksOfEveryRankStretchToTheScores(String sizes) {
        long[] shape =
                Arrays.stream(sizes.split(",", -1)).mapToLong(Long::parseLong).toArray();
        OnnxTensor numbers = draw("mask", shape);
        long[] seen = Arrays.stream(numbers.toDoubles())
                .mapToLong(x -> x > -1 ? 1 : 0)
                .toArray();
        for (OnnxTensor mask : List.of(numbers, OnnxTensor.ofIntegers("mask", OnnxType.BOOL, shape, seen))) {
            OnnxModel model = queries(24, 4, 8)
                    .input("mask", mask.type(), shape)
                    .node("Attention", "q,k,v,mask", "y")
                    .build("y");
            assertClose(model, TOLERANCE, draw("q", 2, 4, 3, 8), draw("k", 2, 4, 5, 8), draw("v", 2, 4, 5, 8), mask);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void pastKeysComeFirst(int causal) {
        OnnxModel model = queries(23, 4, 8)
                .input("pk", OnnxType.FLOAT, -1, 4, -1, 8)
                .input("pv", OnnxType.FLOAT, -1, 4, -1, 8)
                .node("Attention", "q,k,v,,pk,pv", "y,nk,nv", "is_causal", causal)
                .build("y", "nk", "nv");
        List<OnnxTensor> found = TestModels.run(
                model,
                draw("q", 1, 4, 2, 8),
                draw("k", 1, 4, 2, 8),
                draw("v", 1, 4, 2, 8),
                draw("pk", 1, 4, 3, 8),
                draw("pv", 1, 4, 3, 8));
        assertThat(found.get(1).shape()).containsExactly(1, 4, 5, 8);
        assertClose(
                model,
                TOLERANCE,
                draw("q", 1, 4, 2, 8),
                draw("k", 1, 4, 2, 8),
                draw("v", 1, 4, 2, 8),
                draw("pk", 1, 4, 3, 8),
                draw("pv", 1, 4, 3, 8));
        // The first query of a causal attention sees the three past keys and its own.
        double[] q = draw("q", 1, 4, 2, 8).toDoubles();
        double[] keys = found.get(1).toDoubles();
        double[] values = found.get(2).toDoubles();
        double sum = 0;
        double weighted = 0;
        for (int key = 0; key < (causal == 1 ? 4 : 5); key++) {
            double score = 0;
            for (int d = 0; d < 8; d++) {
                score += q[d] * keys[key * 8 + d];
            }
            double weight = Math.exp(score / Math.sqrt(8));
            sum += weight;
            weighted += weight * values[key * 8];
        }
        assertThat(found.get(0).toDoubles()[0]).isCloseTo(weighted / sum, within(1e-5));
    }

    @Test
    void queryThatSeesNoKeyAnswersZero() {
        OnnxModel model = queries(23)
                .input("mask", OnnxType.BOOL, 2, 3)
                .node("Attention", "q,k,v,mask", "y,,,p", "qk_matmul_output_mode", 3)
                .build("y", "p");
        List<OnnxTensor> found = TestModels.run(
                model,
                draw("q", 1, 1, 2, 4),
                draw("k", 1, 1, 3, 4),
                draw("v", 1, 1, 3, 4),
                OnnxTensor.ofIntegers("mask", OnnxType.BOOL, new long[] {2, 3}, 0, 0, 0, 0, 1, 0));
        assertThat(Arrays.copyOf(found.get(0).toDoubles(), 4)).containsOnly(0);
        assertThat(found.get(1).toDoubles()).containsExactly(0, 0, 0, 0, 1, 0);
    }

    @Test
    void maskThatEndsEarlyHidesTheRest() {
        OnnxModel model = queries(24)
                .input("mask", OnnxType.FLOAT, -1, -1)
                .node("Attention", "q,k,v,mask", "y,,,p", "qk_matmul_output_mode", 2)
                .build("p");
        double[] scores = TestModels.run(
                        model,
                        draw("q", 1, 1, 1, 4),
                        draw("k", 1, 1, 3, 4),
                        draw("v", 1, 1, 3, 4),
                        OnnxTensor.ofFloats("mask", new long[] {1, 2}, 100, 200))
                .get(0)
                .toDoubles();
        assertThat(scores[1] - scores[0]).isBetween(80.0, 120.0);
        assertThat(scores[2]).isEqualTo(Double.NEGATIVE_INFINITY);
    }

    @Test
    void filledLengthHidesTheRestOfTheCache() {
        OnnxModel model = queries(24)
                .input("filled", OnnxType.INT64, -1)
                .node("Attention", "q,k,v,,,,filled", "y,,,p", "qk_matmul_output_mode", 3, "is_causal", 1)
                .build("p");
        double[] seen = TestModels.run(
                        model,
                        draw("q", 1, 1, 2, 4),
                        draw("k", 1, 1, 4, 4),
                        draw("v", 1, 1, 4, 4),
                        OnnxTensor.ofLongs("filled", new long[] {1}, 3))
                .get(0)
                .toDoubles();
        assertThat(Arrays.stream(seen).map(Math::signum).toArray()).containsExactly(1, 1, 0, 0, 1, 1, 1, 0);
    }

    @Test
    void pastWithoutHeadsIsMalformed() {
        OnnxModel model = queries(23)
                .input("past", OnnxType.FLOAT, -1, -1, 4)
                .node("Attention", "q,k,v,,past,past", "y")
                .build("y");
        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("expected a past of batch x heads x sequence x size, got the shape [-1, -1, 4]");
    }

    @Test
    void flexAttentionNeedsNoGraphs() {
        OnnxModel model = TestModels.opset(24)
                .input("q", OnnxType.FLOAT, -1, 4, -1, 8)
                .input("k", OnnxType.FLOAT, -1, 2, -1, 8)
                .input("v", OnnxType.FLOAT, -1, 2, -1, 6)
                .node("ai.onnx.preview.FlexAttention", "q,k,v", "y")
                .node("Attention", "q,k,v", "z")
                .build("y", "z");
        List<OnnxTensor> found =
                TestModels.run(model, draw("q", 2, 4, 3, 8), draw("k", 2, 2, 5, 8), draw("v", 2, 2, 5, 6));
        assertThat(found.get(0).toDoubles()).containsExactly(found.get(1).toDoubles(), within(1e-6));
    }

    @Test
    void headsThatDoNotFitAreMalformed() {
        OnnxModel model = TestModels.opset(23)
                .input("q", OnnxType.FLOAT, -1, -1, 12)
                .input("k", OnnxType.FLOAT, -1, -1, 8)
                .node("Attention", "q,k,k", "y", "q_num_heads", 3, "kv_num_heads", 2)
                .build("y");
        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("3 heads are no multiple of the 2 heads of keys and values");
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 0", "0, 4", "1, 4"})
    void rotaryEmbeddingTurnsHalvesOrNeighbours(int interleaved, int part) {
        long pairs = part == 0 ? 4 : part / 2;
        OnnxModel byPosition = TestModels.opset(23)
                .input("x", OnnxType.FLOAT, -1, -1, 24)
                .input("cos", OnnxType.FLOAT, 10, pairs)
                .input("sin", OnnxType.FLOAT, 10, pairs)
                .input("at", OnnxType.INT64, -1, -1)
                .node(
                        "RotaryEmbedding",
                        "x,cos,sin,at",
                        "y",
                        "num_heads",
                        3,
                        "interleaved",
                        interleaved,
                        "rotary_embedding_dim",
                        part)
                .build("y");
        assertClose(
                byPosition,
                TOLERANCE,
                draw("x", 2, 3, 24),
                draw("cos", 10, pairs),
                draw("sin", 10, pairs),
                OnnxTensor.ofLongs("at", new long[] {2, 3}, 0, 5, 9, 1, 1, 2));
        OnnxModel direct = TestModels.opset(23)
                .input("x", OnnxType.FLOAT, -1, 3, -1, 8)
                .input("cos", OnnxType.FLOAT, -1, -1, pairs)
                .input("sin", OnnxType.FLOAT, -1, -1, pairs)
                .node("RotaryEmbedding", "x,cos,sin", "y", "interleaved", interleaved, "rotary_embedding_dim", part)
                .build("y");
        assertClose(direct, TOLERANCE, draw("x", 2, 3, 4, 8), draw("cos", 2, 4, pairs), draw("sin", 2, 4, pairs));
    }

    @ParameterizedTest
    @CsvSource({"linear, 1, 0, '9 1 2 9 3 4 9 9'", "circular, 3, 6, '2 9 9 1 9 9 3 4'"})
    void tensorScatterWritesEachRowWhereItSays(String mode, long first, long second, String expected) {
        OnnxModel model = TestModels.opset(24)
                .input("cache", OnnxType.FLOAT, -1, -1, 1)
                .input("update", OnnxType.FLOAT, -1, -1, 1)
                .input("at", OnnxType.INT64, -1)
                .node("TensorScatter", "cache,update,at", "y", "mode", mode, "axis", 1)
                .build("y");
        OnnxTensor y = TestModels.run(
                        model,
                        OnnxTensor.ofFloats("cache", new long[] {2, 4, 1}, 9, 9, 9, 9, 9, 9, 9, 9),
                        OnnxTensor.ofFloats("update", new long[] {2, 2, 1}, 1, 2, 3, 4),
                        OnnxTensor.ofLongs("at", new long[] {2}, first, second))
                .get(0);
        double[] numbers = Arrays.stream(expected.split(" ", -1))
                .mapToDouble(Double::parseDouble)
                .toArray();
        assertThat(y.toDoubles()).containsExactly(numbers);
    }

    @Test
    void causalConvolutionTakesTheStateForItsPast() {
        OnnxModel model = TestModels.opset(27)
                .input("x", OnnxType.FLOAT, -1, 2, -1)
                .input("past", OnnxType.FLOAT, -1, 2, 2)
                .initializer(OnnxTensor.ofFloats("w", new long[] {2, 1, 3}, 1, 10, 100, 2, 20, 200))
                .initializer(OnnxTensor.ofFloats("b", new long[] {2}, 1000, 2000))
                .node("CausalConvWithState", "x,w,b,past", "y,state")
                .build("y", "state");
        List<OnnxTensor> found = TestModels.run(
                model,
                OnnxTensor.ofFloats("x", new long[] {1, 2, 1}, 3, 6),
                OnnxTensor.ofFloats("past", new long[] {1, 2, 2}, 1, 2, 4, 5));
        assertThat(found.get(0).toDoubles()).containsExactly(1321, 3308);
        assertThat(found.get(1).toDoubles()).containsExactly(2, 3, 5, 6);
    }

    /** Steps through the recurrence as it is defined. */
    @ParameterizedTest
    @CsvSource({"linear, 1", "gated, 1", "gated, 3", "delta, 1", "gated_delta, 1", "gated_delta, 3"})
    void linearAttentionEqualsItsRecurrence(String rule, int decays) {
        int steps = 6;
        int size = 3;
        boolean gated = rule.contains("gated");
        boolean delta = rule.contains("delta");
        OnnxModel model = TestModels.opset(27)
                .input("q", OnnxType.FLOAT, -1, -1, size)
                .input("k", OnnxType.FLOAT, -1, -1, size)
                .input("v", OnnxType.FLOAT, -1, -1, 2)
                .input("s", OnnxType.FLOAT, -1, 1, size, 2)
                .input("g", OnnxType.FLOAT, -1, -1, decays)
                .input("b", OnnxType.FLOAT, -1, -1, 1)
                .node(
                        "LinearAttention",
                        "q,k,v,s" + (gated ? ",g" : ",") + (delta ? ",b" : ""),
                        "y,n",
                        "q_num_heads",
                        1,
                        "kv_num_heads",
                        1,
                        "update_rule",
                        rule,
                        "scale",
                        0.5f)
                .build("y", "n");
        OnnxTensor[] feeds = {
            draw("q", 1, steps, size),
            draw("k", 1, steps, size),
            draw("v", 1, steps, 2),
            draw("s", 1, 1, size, 2),
            draw("g", 1, steps, decays),
            draw("b", 1, steps, 1)
        };
        List<OnnxTensor> found = TestModels.run(model, feeds);

        double[][] in = Arrays.stream(feeds).map(OnnxTensor::toDoubles).toArray(double[][]::new);
        double[] state = in[3];
        double[] expected = new double[steps * 2];
        for (int t = 0; t < steps; t++) {
            for (int d = 0; d < size * 2 && gated; d++) {
                state[d] *= Math.exp(in[4][t * decays + (decays == 1 ? 0 : d / 2)]);
            }
            double[] old = state.clone();
            for (int m = 0; m < 2; m++) {
                double answer = 0;
                for (int d = 0; d < size; d++) {
                    answer += old[d * 2 + m] * in[1][t * size + d];
                }
                double update = delta ? in[5][t] * (in[2][t * 2 + m] - answer) : in[2][t * 2 + m];
                for (int d = 0; d < size; d++) {
                    state[d * 2 + m] += in[1][t * size + d] * update;
                    expected[t * 2 + m] += 0.5 * in[0][t * size + d] * state[d * 2 + m];
                }
            }
        }
        double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        assertThat(found.get(0).toDoubles()).containsExactly(expected, within(1e-5 * Math.max(1, largest)));
        assertThat(found.get(1).toDoubles()).containsExactly(state, within(1e-5 * Math.max(1, largest)));
    }

    @Test
    void linearAttentionRefusesInputsThatItsRuleDoesNotKnow() {
        OnnxModel model = TestModels.opset(27)
                .input("q", OnnxType.FLOAT, 1, 2, 4)
                .node("LinearAttention", "q,q,q,,q", "y", "q_num_heads", 1, "kv_num_heads", 1, "update_rule", "linear")
                .build("y");
        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("update_rule linear does not take input 4");
    }

    private static TestModels queries(int opset) {
        return queries(opset, 1, 4);
    }

    private static TestModels queries(int opset, int heads, int size) {
        return TestModels.opset(opset)
                .input("q", OnnxType.FLOAT, -1, heads, -1, size)
                .input("k", OnnxType.FLOAT, -1, heads, -1, size)
                .input("v", OnnxType.FLOAT, -1, heads, -1, size);
    }
}
