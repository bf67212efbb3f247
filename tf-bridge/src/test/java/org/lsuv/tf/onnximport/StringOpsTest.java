package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class StringOpsTest {
    private static final OnnxTensor TEXT =
            strings("x", new long[] {2, 3}, "a,b,,c", "", "one", ",", "ä,ö  ", "  two words , and  more ");

    @ParameterizedTest
    @CsvSource({"',', ", "',', 1", "',', 2", "'', ", "'', 1", "'', 2", "'  ', "})
    void stringSplitAgreesWithOnnxRuntime(String delimiter, Integer limit) {
        Object[] attributes = limit == null
                ? new Object[] {"delimiter", delimiter}
                : new Object[] {"delimiter", delimiter, "maxsplit", limit};
        OnnxModel model = TestModels.opset(20)
                .input("x", OnnxType.STRING, -1, 3)
                .node("StringSplit", "x", "parts, counts", attributes)
                .build("parts", "counts");
        OrtReference.assertSame(model, TEXT);
    }

    @Test
    void stringSplitOfNothingIsEmpty() {
        OnnxModel model = TestModels.opset(20)
                .input("x", OnnxType.STRING, -1)
                .node("StringSplit", "x", "parts, counts")
                .build("parts", "counts");
        List<OnnxTensor> results = TestModels.run(model, strings("x", new long[] {0}));
        assertThat(results.get(0).shape()).containsExactly(0, 0);
        assertThat(results.get(1).shape()).containsExactly(0);
    }

    @Test
    void stringsPassThroughShapeOperators() {
        OnnxModel model = TestModels.opset(20)
                .input("x", OnnxType.STRING, 2, 3)
                .initializer(strings("suffix", new long[] {3}, "1", "2", "ß"))
                .initializer(OnnxTensor.ofLongs("shape", new long[] {1}, -1))
                .node("StringConcat", "x, suffix", "long")
                .node("Concat", "long, x", "both", "axis", 0)
                .node("Reshape", "both, shape", "flat")
                .node("Transpose", "x", "turned")
                .node("Identity", "turned", "same")
                .node("Equal", "x, suffix", "equal")
                .node("RegexFullMatch", "x", "matches", "pattern", "[a-z,]*")
                .build("flat", "same", "equal", "matches");
        OrtReference.assertSame(model, TEXT);
    }

    @ParameterizedTest
    @CsvSource({"NONE, 0", "NONE, 1", "LOWER, 0", "LOWER, 1", "UPPER, 0", "UPPER, 1"})
    void stringNormalizerAgreesWithOnnxRuntime(String action, int exact) {
        OnnxModel model = TestModels.opset(10)
                .input("x", OnnxType.STRING, -1)
                .node(
                        "StringNormalizer",
                        "x",
                        "y",
                        "case_change_action",
                        action,
                        "is_case_sensitive",
                        exact,
                        "stopwords",
                        new String[] {"monday", "Tuesday"},
                        "locale",
                        "C")
                .build("y");
        OrtReference.assertSame(model, strings("x", new long[] {4}, "Monday", "monday", "Tuesday", "other"));
    }

    @Test
    void lettersChangeTheirCaseWhateverTheLocale() {
        OnnxModel model = TestModels.opset(10)
                .input("x", OnnxType.STRING, -1)
                .node("StringNormalizer", "x", "y", "case_change_action", "LOWER", "locale", "tr_TR")
                .build("y");
        assertThat(TestModels.run(model, strings("x", new long[] {2}, "ÜBER", "INDEX"))
                        .get(0)
                        .strings())
                .containsExactly("über", "index");
    }

    /** ONNX Runtime 1.29 gives empty strings here. */
    @Test
    void gatherTakesRowsOfStrings() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.STRING, 2, 3)
                .initializer(OnnxTensor.ofLongs("row", new long[0], 1))
                .node("Gather", "x, row", "y")
                .build("y");
        assertThat(TestModels.run(model, TEXT).get(0).strings())
                .containsExactlyElementsOf(TEXT.strings().subList(3, 6));
    }

    @Test
    void anEmptyWordStandsForNone() {
        OnnxModel model = TestModels.opset(10)
                .input("x", OnnxType.STRING, 1, 2)
                .node("StringNormalizer", "x", "y", "stopwords", new String[] {"a", "b"}, "is_case_sensitive", 1)
                .build("y");
        OrtReference.assertSame(model, strings("x", new long[] {1, 2}, "b", "a"));
    }

    @ParameterizedTest
    @CsvSource({"TF, 1, 3, 2", "IDF, 1, 3, 0", "TFIDF, 2, 3, 1", "TFIDF, 1, 1, 3", "TF, 3, 3, 5"})
    void tfIdfVectorizerAgreesWithOnnxRuntime(String mode, int shortest, int longest, int skips) {
        Object[] attributes = {
            "mode",
            mode,
            "min_gram_length",
            shortest,
            "max_gram_length",
            longest,
            "max_skip_count",
            skips,
            "ngram_counts",
            new long[] {0, 3, 7},
            "ngram_indexes",
            new long[] {5, 0, 1, 2, 4, 3},
            "weights",
            new float[] {0.5f, 2, 3, 4, 5, 6}
        };
        OnnxModel numbers = TestModels.opset(9)
                .input("x", OnnxType.INT64, 2, 8)
                .node("TfIdfVectorizer", "x", "y", with(attributes, "pool_int64s", new long[] {
                    1, 2, 3, 1, 2, 2, 1, 1, 1, 2
                }))
                .build("y");
        OrtReference.assertSame(
                numbers, OnnxTensor.ofLongs("x", new long[] {2, 8}, 1, 1, 2, 1, 3, 1, 2, 2, 9, 2, 1, 1, 2, 1, 1, 2));
        OnnxModel words = TestModels.opset(9)
                .input("x", OnnxType.STRING, -1)
                .node("TfIdfVectorizer", "x", "y", with(attributes, "pool_strings", new String[] {
                    "a", "b", "c", "a", "b", "b", "a", "a", "a", "b"
                }))
                .build("y");
        OrtReference.assertSame(words, strings("x", new long[] {5}, "a", "a", "b", "x", "a"));
        OrtReference.assertSame(words, strings("x", new long[] {1}, "a"));
    }

    @Test
    void aPoolWithoutEnoughIndicesIsRefused() {
        OnnxModel model = TestModels.opset(9)
                .input("x", OnnxType.INT64, 3)
                .node(
                        "TfIdfVectorizer",
                        "x",
                        "y",
                        "mode",
                        "TF",
                        "min_gram_length",
                        1,
                        "max_gram_length",
                        1,
                        "max_skip_count",
                        0,
                        "ngram_counts",
                        new long[] {0},
                        "ngram_indexes",
                        new long[] {0},
                        "pool_int64s",
                        new long[] {1, 2})
                .build("y");
        assertThatThrownBy(() -> TestModels.run(model, OnnxTensor.ofLongs("x", new long[] {3}, 1, 2, 3)))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("expected an index for each n-gram");
    }

    private static Object[] with(Object[] attributes, String name, Object value) {
        Object[] all = Arrays.copyOf(attributes, attributes.length + 2);
        all[attributes.length] = name;
        all[attributes.length + 1] = value;
        return all;
    }

    private static OnnxTensor strings(String name, long[] shape, String... values) {
        return OnnxTensor.ofStrings(name, shape, List.of(values));
    }
}
