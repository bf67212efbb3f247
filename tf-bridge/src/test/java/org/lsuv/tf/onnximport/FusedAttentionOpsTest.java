package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lsuv.tf.onnximport.OrtReference.assertClose;
import static org.lsuv.tf.onnximport.OrtReference.draw;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class FusedAttentionOpsTest {
    private static final String DOMAIN = "com.microsoft.";
    private static final double TOLERANCE = 2e-5;

    /** Masks for 2 sequences of 4; what is hidden leaves every query something to see. */
    @ParameterizedTest
    @CsvSource({
        "'', '', 0",
        "'', '', 1",
        "2, '4 2', 0",
        "2, '4 2', 1",
        "4, '4 3 1 0', 0",
        "'2,4', '1 1 1 1 1 1 0 0', 0",
        "'2,4', '1 1 1 1 1 1 0 0', 1",
        "'2,4,4', '1 1 1 1 0 1 0 1 1 0 0 0 1 1 1 0 1 1 1 1 0 1 1 1 0 0 1 1 0 0 0 1', 0"
    })
    void attentionProjectsAndMasks(String shape, String values, int unidirectional) {
        TestModels models = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, -1, 12)
                .initializer(scaled(draw("w", 12, 24)))
                .initializer(draw("b", 24))
                .input("added", OnnxType.FLOAT, 1, 2, 4, 4);
        OnnxTensor mask = null;
        if (!shape.isEmpty()) {
            mask = OnnxTensor.ofIntegers("mask", OnnxType.INT32, longs(shape, ","), longs(values, " "));
            models.input("mask", OnnxType.INT32, mask.shape());
        }
        OnnxModel model = models.node(
                        DOMAIN + "Attention",
                        "x,w,b," + (mask == null ? "" : "mask") + ",,added",
                        "y",
                        "num_heads",
                        2,
                        "unidirectional",
                        unidirectional)
                .build("y");
        OnnxTensor x = draw("x", 2, 4, 12);
        OnnxTensor added = draw("added", 1, 2, 4, 4);
        assertClose(model, TOLERANCE, mask == null ? new OnnxTensor[] {x, added} : new OnnxTensor[] {x, added, mask});
    }

    @Test
    void attentionMayHaveNarrowerValues() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, -1, 10)
                .initializer(scaled(draw("w", 10, 22)))
                .initializer(draw("b", 22))
                .node(
                        DOMAIN + "Attention",
                        "x,w,b",
                        "y",
                        "num_heads",
                        2,
                        "qkv_hidden_sizes",
                        new long[] {8, 8, 6},
                        "scale",
                        0.4f)
                .build("y");
        assertClose(model, TOLERANCE, draw("x", 2, 3, 10));
    }

    @Test
    void sizesStayKnownThroughSeveralAttentions() {
        OnnxModel model = TestModels.opset(23)
                .input("x", OnnxType.FLOAT, -1, -1, 8)
                .initializer(scaled(draw("w", 8, 24)))
                .initializer(draw("bias", 24))
                .node(DOMAIN + "Attention", "x,w,bias", "a", "num_heads", 2)
                .node(DOMAIN + "MultiHeadAttention", "a,a,a", "b", "num_heads", 2)
                .node("Attention", "b,b,b", "c", "q_num_heads", 2, "kv_num_heads", 2)
                .node(DOMAIN + "Attention", "c,w,bias", "y", "num_heads", 4)
                .build("y");
        assertClose(model, TOLERANCE, draw("x", 2, 3, 8));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void attentionPutsThePastInFront(int unidirectional) {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, -1, 8)
                .input("past", OnnxType.FLOAT, 2, -1, 2, -1, 4)
                .initializer(scaled(draw("w", 8, 24)))
                .initializer(draw("b", 24))
                .node(
                        DOMAIN + "Attention",
                        "x,w,b,,past",
                        "y,present",
                        "num_heads",
                        2,
                        "unidirectional",
                        unidirectional)
                .build("y", "present");
        assertClose(model, TOLERANCE, draw("x", 2, 3, 8), draw("past", 2, 2, 2, 5, 4));
    }

    @Test
    void attentionWhoseBlocksDoNotFitIsMalformed() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, -1, 8)
                .initializer(draw("w", 8, 24))
                .node(DOMAIN + "Attention", "x,w", "y", "num_heads", 2, "qkv_hidden_sizes", new long[] {8, 8, 6})
                .build("y");
        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("the matrix has 24 columns; expected the sum of [8, 8, 6]");
    }

    @ParameterizedTest
    @CsvSource({"false, 0", "true, 0", "true, 1"})
    void multiHeadAttentionTakesThreeInputsAndAPast(boolean past, int unidirectional) {
        TestModels models = TestModels.opset(13)
                .input("q", OnnxType.FLOAT, -1, -1, 8)
                .input("k", OnnxType.FLOAT, -1, -1, 8)
                .input("v", OnnxType.FLOAT, -1, -1, 8)
                .input("pk", OnnxType.FLOAT, -1, 2, -1, 4)
                .input("pv", OnnxType.FLOAT, -1, 2, -1, 4)
                .initializer(draw("b", 24));
        OnnxModel model = models.node(
                        DOMAIN + "MultiHeadAttention",
                        "q,k,v,b,,," + (past ? "pk,pv" : ""),
                        "y,nk,nv",
                        "num_heads",
                        2,
                        "unidirectional",
                        unidirectional)
                .build("y", "nk", "nv");
        assertClose(
                model,
                TOLERANCE,
                draw("q", 2, 3, 8),
                draw("k", 2, 3, 8),
                draw("v", 2, 3, 8),
                draw("pk", 2, 2, 2, 4),
                draw("pv", 2, 2, 2, 4));
    }

    @ParameterizedTest
    @CsvSource({
        "2, '4 5'",
        "'2,5', '1 1 1 1 0 1 0 1 0 1'",
        "'2,3,5', '1 1 1 1 0 1 0 1 0 1 1 1 1 1 0 1 0 1 0 1 1 1 1 1 0 1 0 1 0 1'"
    })
    void multiHeadAttentionMasksKeysAndAddsABias(String shape, String values) {
        OnnxTensor mask = OnnxTensor.ofIntegers("mask", OnnxType.INT32, longs(shape, ","), longs(values, " "));
        OnnxModel model = TestModels.opset(13)
                .input("q", OnnxType.FLOAT, -1, -1, 8)
                .input("k", OnnxType.FLOAT, -1, -1, 8)
                .input("v", OnnxType.FLOAT, -1, -1, 6)
                .input("mask", OnnxType.INT32, mask.shape())
                .input("added", OnnxType.FLOAT, -1, 2, -1, -1)
                .node(DOMAIN + "MultiHeadAttention", "q,k,v,,mask,added", "y", "num_heads", 2, "scale", 0.7f)
                .build("y");
        assertClose(
                model,
                TOLERANCE,
                draw("q", 2, 3, 8),
                draw("k", 2, 5, 8),
                draw("v", 2, 5, 6),
                mask,
                draw("added", 2, 2, 3, 5));
    }

    @Test
    void multiHeadAttentionTakesSpreadKeysOfAnotherSequence() {
        OnnxModel model = TestModels.opset(13)
                .input("q", OnnxType.FLOAT, -1, -1, 8)
                .input("k", OnnxType.FLOAT, -1, 2, -1, 4)
                .input("v", OnnxType.FLOAT, -1, 2, -1, 4)
                .node(DOMAIN + "MultiHeadAttention", "q,k,v", "y", "num_heads", 2)
                .build("y");
        assertClose(model, TOLERANCE, draw("q", 2, 3, 8), draw("k", 2, 2, 5, 4), draw("v", 2, 2, 5, 4));
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 0, 0", "1, 0, 0, 0", "1, 1, 0, 0", "0, 0, 2, 0", "1, 0, 0, 1.5", "1, 0, 3, 2"})
    void promptOfGroupQueryAttentionStartsAnEmptyCache(int rotary, int interleaved, int window, float softcap) {
        OnnxModel model = groups(rotary)
                .input("k", OnnxType.FLOAT, -1, -1, 32)
                .input("v", OnnxType.FLOAT, -1, -1, 32)
                .node(
                        DOMAIN + "GroupQueryAttention",
                        "q,k,v,,,seqlens,total" + (rotary == 1 ? ",cos,sin" : ""),
                        "y,nk,nv",
                        attributes(rotary, interleaved, window, softcap))
                .build("y", "nk", "nv");
        assertClose(
                model,
                TOLERANCE,
                draw("q", 2, 5, 64),
                draw("k", 2, 5, 32),
                draw("v", 2, 5, 32),
                OnnxTensor.ofIntegers("seqlens", OnnxType.INT32, new long[] {2}, 4, 4),
                OnnxTensor.ofIntegers("total", OnnxType.INT32, new long[] {}, 5));
    }

    @ParameterizedTest
    @CsvSource({"1, 3, 0, 7 7", "1, 1, 0, 7 4", "0, 1, 3, 6 6"})
    void laterStepsOfGroupQueryAttentionFillTheCache(int rotary, int steps, int window, String last) {
        long[] ends = longs(last, " ");
        int batch = steps > 1 ? 1 : 2;
        long total = LongStream.of(ends).max().orElseThrow() + 1;
        OnnxModel model = groups(rotary)
                .input("pk", OnnxType.FLOAT, -1, 2, -1, 16)
                .input("pv", OnnxType.FLOAT, -1, 2, -1, 16)
                .node(
                        DOMAIN + "GroupQueryAttention",
                        "p,,,pk,pv,seqlens,total" + (rotary == 1 ? ",cos,sin" : ""),
                        "y,nk,nv",
                        attributes(rotary, 0, window, 0))
                .input("p", OnnxType.FLOAT, -1, -1, 128)
                .build("y");
        assertClose(
                model,
                TOLERANCE,
                draw("q", batch, steps, 64),
                draw("p", batch, steps, 128),
                draw("pk", batch, 2, total - steps, 16),
                draw("pv", batch, 2, total - steps, 16),
                OnnxTensor.ofIntegers("seqlens", OnnxType.INT32, new long[] {batch}, Arrays.copyOf(ends, batch)),
                OnnxTensor.ofIntegers("total", OnnxType.INT32, new long[] {}, total));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void sinkTakesAPartOfTheProbabilities(boolean perHead) {
        OnnxModel model = groups(0)
                .input("k", OnnxType.FLOAT, -1, -1, 32)
                .input("v", OnnxType.FLOAT, -1, -1, 32)
                .initializer(draw("sink", 4))
                .node(
                        DOMAIN + "GroupQueryAttention",
                        "q,k,v,,,seqlens,total" + (perHead ? ",,,,,sink" : ""),
                        "y",
                        "num_heads",
                        4,
                        "kv_num_heads",
                        2,
                        "smooth_softmax",
                        perHead ? 0 : 1)
                .build("y");
        assertClose(
                model,
                TOLERANCE,
                draw("q", 1, 4, 64),
                draw("k", 1, 4, 32),
                draw("v", 1, 4, 32),
                OnnxTensor.ofIntegers("seqlens", OnnxType.INT32, new long[] {1}, 3),
                OnnxTensor.ofIntegers("total", OnnxType.INT32, new long[] {}, 4));
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 0", "1, 1, 0", "0, 2, 0", "0, 2, 4", "1, 2, 4"})
    void rotaryEmbeddingCountsFromOnePositionOrTakesAll(int interleaved, int rank, int part) {
        long pairs = part == 0 ? 4 : part / 2;
        long[] shape = rank == 1 ? new long[] {1} : new long[] {2, 3};
        long[] at = rank == 1 ? new long[] {5} : new long[] {0, 5, 9, 1, 1, 2};
        Object[] attributes = part == 0
                ? new Object[] {"interleaved", interleaved}
                : new Object[] {"interleaved", interleaved, "rotary_embedding_dim", part, "num_heads", 3};
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, -1, 24)
                .input("z", OnnxType.FLOAT, -1, 3, -1, 8)
                .input("at", OnnxType.INT64, shape)
                .initializer(draw("cos", 10, pairs))
                .initializer(draw("sin", 10, pairs))
                .node(DOMAIN + "RotaryEmbedding", "x,at,cos,sin", "y", attributes)
                .node(DOMAIN + "RotaryEmbedding", "z,at,cos,sin", "w", attributes)
                .build("y", "w");
        assertClose(model, TOLERANCE, draw("x", 2, 3, 24), draw("z", 2, 3, 3, 8), OnnxTensor.ofLongs("at", shape, at));
    }

    @ParameterizedTest
    @CsvSource({
        "linear, 2, 2, 1",
        "gated, 4, 2, 1",
        "gated, 2, 2, 3",
        "delta, 4, 1, 1",
        "gated_delta, 4, 2, 1",
        "gated_delta, 2, 2, 3"
    })
    void linearAttentionAgreesWithRuntime(String rule, int heads, int shared, int decays) {
        boolean gated = rule.contains("gated");
        boolean delta = rule.contains("delta");
        OnnxModel model = TestModels.opset(17)
                .input("q", OnnxType.FLOAT, -1, -1, heads * 3L)
                .input("k", OnnxType.FLOAT, -1, -1, shared * 3L)
                .input("v", OnnxType.FLOAT, -1, -1, shared * 2L)
                .input("s", OnnxType.FLOAT, -1, shared, 3, 2)
                .input("g", OnnxType.FLOAT, -1, -1, (long) shared * decays)
                .input("b", OnnxType.FLOAT, -1, -1, shared)
                .node(
                        DOMAIN + "LinearAttention",
                        "q,k,v,s" + (gated ? ",g" : ",") + (delta ? ",b" : ""),
                        "y,n",
                        "q_num_heads",
                        heads,
                        "kv_num_heads",
                        shared,
                        "update_rule",
                        rule)
                .build("y", "n");
        assertClose(
                model,
                1e-4,
                draw("q", 2, 5, heads * 3L),
                draw("k", 2, 5, shared * 3L),
                draw("v", 2, 5, shared * 2L),
                draw("s", 2, shared, 3, 2),
                draw("g", 2, 5, (long) shared * decays),
                draw("b", 2, 5, shared));
    }

    private static TestModels groups(int rotary) {
        TestModels models = TestModels.opset(17)
                .input("q", OnnxType.FLOAT, -1, -1, 64)
                .input("seqlens", OnnxType.INT32, -1)
                .input("total", OnnxType.INT32);
        return rotary == 0 ? models : models.initializer(draw("cos", 20, 8)).initializer(draw("sin", 20, 8));
    }

    private static Object[] attributes(int rotary, int interleaved, int window, float softcap) {
        return new Object[] {
            "num_heads",
            4,
            "kv_num_heads",
            2,
            "do_rotary",
            rotary,
            "rotary_interleaved",
            interleaved,
            "local_window_size",
            window == 0 ? -1 : window,
            "softcap",
            softcap
        };
    }

    /** Projections of many terms stay near 1. */
    private static OnnxTensor scaled(OnnxTensor w) {
        double factor = 1 / Math.sqrt((double) w.shape()[0]);
        return OnnxTensor.ofDoubles(
                w.name(),
                w.type(),
                w.shape(),
                Arrays.stream(w.toDoubles()).map(x -> (float) (x * factor)).toArray());
    }

    private static long[] longs(String list, String separator) {
        return Arrays.stream(list.split(separator, -1))
                .mapToLong(Long::parseLong)
                .toArray();
    }
}
