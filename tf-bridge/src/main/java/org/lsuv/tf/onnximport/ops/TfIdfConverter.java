package org.lsuv.tf.onnximport.ops;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/** Converts TfIdfVectorizer, which counts in each row how often the n-grams of a pool occur. */
final class TfIdfConverter {
    private final NodeContext node;
    private final Ops tf;
    private final Operand<TType> rows;
    private final Operand<TInt64> columns;
    private final Object pool;
    private final int poolSize;
    private final long[] starts;
    private final long[] indexes;

    private TfIdfConverter(NodeContext node) {
        this.node = node;
        this.tf = node.tf();
        int rank = node.rank(0);
        if (rank < 1 || rank > 2) {
            throw node.malformed("expected a list or a matrix, got rank " + rank);
        }
        Operand<TType> x = node.input(0);
        boolean strings = x.type().equals(TString.class);
        Operand<?> items = strings ? x : tf.dtypes.cast(x, TInt64.class);
        Operand<TType> matrix = NodeContext.cast(items);
        this.rows = rank == 1 ? tf.expandDims(matrix, tf.constant(0)) : matrix;
        this.columns = Dims.size(tf, rows, 1);
        if (strings) {
            String[] words =
                    node.attributes().strings("pool_strings").orElse(List.of()).toArray(new String[0]);
            this.pool = words;
            this.poolSize = words.length;
        } else {
            long[] numbers = node.attributes().ints("pool_int64s").orElse(new long[0]);
            this.pool = numbers;
            this.poolSize = numbers.length;
        }
        this.starts = node.attributes().requireInts("ngram_counts");
        this.indexes = node.attributes().requireInts("ngram_indexes");
        check();
    }

    private void check() {
        if (poolSize == 0) {
            throw node.malformed("expected a pool of the input's type, pool_strings or pool_int64s");
        }
        if (indexes.length == 0
                || LongStream.of(indexes).anyMatch(index -> index < 0 || index > Integer.MAX_VALUE - 1)) {
            throw node.malformedAttribute("ngram_indexes", "expected one or more indices from 0");
        }
        long previous = 0;
        for (long start : starts) {
            if (start < previous || start > poolSize) {
                throw node.malformedAttribute("ngram_counts", "expected rising positions in a pool of " + poolSize);
            }
            previous = start;
        }
    }

    static Operand<?> tfIdfVectorizer(NodeContext node) {
        return new TfIdfConverter(node).convert();
    }

    private Operand<?> convert() {
        long shortest = node.attributes().requireInt("min_gram_length");
        long longest = node.attributes().requireInt("max_gram_length");
        long skips = node.attributes().requireInt("max_skip_count");
        if (shortest < 1 || longest < shortest || skips < 0) {
            throw node.malformed("expected 1 <= min_gram_length <= max_gram_length and max_skip_count >= 0");
        }
        int size = Math.toIntExact(LongStream.of(indexes).max().orElseThrow() + 1);
        Operand<TFloat32> counts =
                tf.zeros(tf.stack(List.of(Dims.size(tf, rows, 0), tf.constant((long) size))), TFloat32.class);
        int first = 0;
        for (int length = 1; length <= starts.length; length++) {
            int from = Math.toIntExact(starts[length - 1]);
            int to = length < starts.length ? Math.toIntExact(starts[length]) : poolSize;
            int number = (to - from) / length;
            if (first + number > indexes.length) {
                throw node.malformedAttribute("ngram_indexes", "expected an index for each n-gram of the pool");
            }
            if (number > 0 && length >= shortest && length <= longest) {
                Operand<TFloat32> occurrences = occurrences(from, number, length, 1);
                // A single item has nothing to skip.
                for (int distance = 2; distance <= skips + 1 && length > 1; distance++) {
                    occurrences = tf.math.add(occurrences, occurrences(from, number, length, distance));
                }
                counts = tf.math.add(counts, spread(weighted(occurrences, first, number), first, number, size));
            }
            first += number;
        }
        return node.rank(0) == 1 ? tf.reshape(counts, tf.constant(new long[] {size})) : counts;
    }

    /** Returns how often each n-gram occurs in each row, its items this far apart. */
    private Operand<TFloat32> occurrences(int from, int number, int length, int distance) {
        Operand<TBool> matches = tf.constant(true);
        for (int item = 0; item < length; item++) {
            long behind = (long) (length - 1 - item) * distance;
            Operand<TInt64> end = tf.math.maximum(tf.math.sub(columns, tf.constant(behind)), tf.constant(0L));
            Operand<TType> window = tf.stridedSlice(
                    rows,
                    tf.constant(new long[] {0, (long) item * distance}),
                    tf.stack(List.of(tf.constant(Long.MAX_VALUE), end)),
                    tf.constant(new long[] {1, 1}));
            Operand<TBool> equal =
                    tf.math.equal(tf.expandDims(window, tf.constant(2)), items(from, number, length, item));
            matches = tf.math.logicalAnd(matches, equal);
        }
        return tf.reduceSum(tf.dtypes.cast(matches, TFloat32.class), tf.constant(1), ReduceSum.keepDims(false));
    }

    /** Returns one item of every n-gram of a length. */
    private Operand<TType> items(int from, int number, int length, int item) {
        int[] places =
                IntStream.range(0, number).map(i -> from + i * length + item).toArray();
        return pool instanceof String[] words
                ? NodeContext.cast(StringOps.list(
                        tf,
                        Arrays.stream(places).mapToObj(place -> words[place]).toList()))
                : NodeContext.cast(tf.constant(Arrays.stream(places)
                        .mapToLong(place -> ((long[]) pool)[place])
                        .toArray()));
    }

    /** Adds each count where the index of its n-gram says. */
    private Operand<TFloat32> spread(Operand<TFloat32> counts, int first, int number, int size) {
        int[] places = LongStream.of(indexes)
                .skip(first)
                .limit(number)
                .mapToInt(Math::toIntExact)
                .toArray();
        Operand<TFloat32> byGram = tf.linalg.transpose(counts, tf.constant(new int[] {1, 0}));
        Operand<TFloat32> byPlace = tf.math.unsortedSegmentSum(byGram, tf.constant(places), tf.constant(size));
        return tf.linalg.transpose(byPlace, tf.constant(new int[] {1, 0}));
    }

    private Operand<TFloat32> weighted(Operand<TFloat32> counts, int first, int number) {
        Optional<float[]> weights = node.attributes().floats("weights");
        if (weights.isPresent() && weights.get().length < first + number) {
            throw node.malformedAttribute(
                    "weights", "expected a weight for each n-gram of the pool, got " + weights.get().length);
        }
        Operand<TFloat32> factors = weights.isPresent()
                ? tf.constant(Arrays.copyOfRange(weights.get(), first, first + number))
                : tf.constant(1f);
        String mode = node.attributes().requireString("mode");
        return switch (mode) {
            case "TF" -> counts;
            case "IDF" -> tf.math.mul(tf.math.minimum(counts, tf.constant(1f)), factors);
            case "TFIDF" -> tf.math.mul(counts, factors);
            default -> throw node.malformedAttribute("mode", "expected TF, IDF or TFIDF, got " + mode);
        };
    }
}
