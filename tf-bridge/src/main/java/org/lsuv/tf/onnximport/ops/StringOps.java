package org.lsuv.tf.onnximport.ops;

import java.util.Arrays;
import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.op.Ops;
import org.tensorflow.op.strings.Lower;
import org.tensorflow.op.strings.StringSplit;
import org.tensorflow.op.strings.Upper;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;

/** Converts operators on strings. */
public final class StringOps {
    private StringOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.one("StringConcat", 20, StringOps::stringConcat);
        ops.many("StringSplit", 20, StringOps::stringSplit);
        ops.one("RegexFullMatch", 20, StringOps::regexFullMatch);
        ops.one("StringNormalizer", 10, StringOps::stringNormalizer);
        ops.one("TfIdfVectorizer", 9, TfIdfConverter::tfIdfVectorizer);
    }

    private static Operand<TString> stringConcat(NodeContext node) {
        return node.tf().math.add(node.<TString>input(0), node.<TString>input(1));
    }

    private static Operand<?> regexFullMatch(NodeContext node) {
        Ops tf = node.tf();
        return tf.strings.regexFullMatch(
                node.input(0), tf.constant(node.attributes().requireString("pattern")));
    }

    /** Splits as ONNX Runtime does: without a delimiter at any run of white space, and nothing into nothing. */
    private static List<Operand<?>> stringSplit(NodeContext node) {
        Ops tf = node.tf();
        Operand<TString> x = node.input(0);
        int rank = node.rank(0);
        Operand<TInt64> flat = tf.constant(new long[] {-1});
        long limit = node.attributes().has("maxsplit") ? node.attributes().requireInt("maxsplit") : -1;
        String delimiter = node.attributes().stringOr("delimiter", "");
        Operand<TString> all = tf.reshape(x, flat);
        Operand<TString> texts = delimiter.isEmpty() ? tf.strings.strip(all) : all;
        StringSplit split = tf.strings.stringSplit(texts, tf.constant(delimiter), StringSplit.maxsplit(limit));
        Operand<TInt64> rows = tf.reshape(
                tf.slice(split.indices(), tf.constant(new long[] {0, 0}), tf.constant(new long[] {-1, 1})), flat);
        // Between white space no part is empty; TensorFlow adds one where the limit is reached at the end of a string.
        Operand<TString> mustNotBeEmpty = delimiter.isEmpty() ? split.values() : tf.gather(texts, rows, tf.constant(0));
        Operand<TInt64> parts = tf.dtypes.cast(tf.math.notEqual(mustNotBeEmpty, tf.constant("")), TInt64.class);
        Operand<TInt64> counts = tf.math.unsortedSegmentSum(parts, rows, tf.size(x, TInt64.class));
        Operand<TInt64> width = tf.math.maximum(tf.max(counts, tf.constant(new long[] {0})), tf.constant(0L));
        Operand<TString> table =
                tf.sparse.sparseToDense(split.indices(), split.shape(), split.values(), tf.constant(""));
        Operand<TString> used =
                tf.slice(table, tf.constant(new long[] {0, 0}), tf.stack(List.of(tf.constant(-1L), width)));
        Operand<TInt64> shape = Dims.of(tf, x);
        Operand<TInt64> last = tf.reshape(width, tf.constant(new long[] {1}));
        long[] known = Arrays.copyOf(x.shape().asArray(), rank + 1);
        known[rank] = -1;
        return List.of(
                Dims.known(tf, tf.reshape(used, tf.concat(List.of(shape, last), tf.constant(0))), known),
                tf.reshape(counts, shape));
    }

    /** The locale is left aside: letters change their case as Unicode says. */
    private static Operand<?> stringNormalizer(NodeContext node) {
        Ops tf = node.tf();
        Operand<TString> x = node.input(0);
        int rank = node.rank(0);
        if (rank != 1 && (rank != 2 || x.shape().get(0) > 1)) {
            throw node.malformed("expected strings of shape [C] or [1, C], got " + x.shape());
        }
        Operand<TString> words = tf.reshape(x, tf.constant(new long[] {-1}));
        List<String> stopWords = node.attributes().strings("stopwords").orElse(List.of());
        Operand<TString> kept = stopWords.isEmpty() ? words : withoutStopWords(node, words, stopWords);
        String action = node.attributes().stringOr("case_change_action", "NONE");
        Operand<TString> changed = switch (action) {
            case "NONE" -> kept;
            case "LOWER" -> lower(tf, kept);
            case "UPPER" -> tf.strings.upper(kept, Upper.encoding("utf-8"));
            default ->
                throw node.malformedAttribute("case_change_action", "expected LOWER, UPPER or NONE, got " + action);
        };
        // Where no word is left, an empty one stands for them.
        Operand<TInt64> count = tf.math.maximum(tf.size(changed, TInt64.class), tf.constant(1L));
        Operand<TString> padded = tf.concat(List.of(changed, list(tf, List.of(""))), tf.constant(0));
        Operand<TString> result =
                tf.slice(padded, tf.constant(new long[] {0}), tf.reshape(count, tf.constant(new long[] {1})));
        return rank == 1 ? result : tf.expandDims(result, tf.constant(0));
    }

    private static Operand<TString> withoutStopWords(NodeContext node, Operand<TString> words, List<String> stopWords) {
        Ops tf = node.tf();
        boolean exact = node.attributes().flag("is_case_sensitive");
        Operand<TString> stops = list(tf, stopWords);
        Operand<TBool> equal = tf.math.equal(
                tf.expandDims(exact ? words : lower(tf, words), tf.constant(1)), exact ? stops : lower(tf, stops));
        Operand<TBool> stays = tf.math.logicalNot(tf.reduceAny(equal, tf.constant(1)));
        Operand<TInt64> places = tf.reshape(tf.where(stays), tf.constant(new long[] {-1}));
        return tf.gather(words, places, tf.constant(0));
    }

    /** Returns strings as a list. */
    public static Operand<TString> list(Ops tf, List<String> strings) {
        return tf.constant(NdArrays.vectorOfObjects(strings.toArray(new String[0])));
    }

    private static Operand<TString> lower(Ops tf, Operand<TString> words) {
        return tf.strings.lower(words, Lower.encoding("utf-8"));
    }
}
