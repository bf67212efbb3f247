package org.lsuv.tf.onnximport.ops.ml;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.lsuv.tf.onnximport.ops.StringOps;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/**
 * Converts TreeEnsembleRegressor and TreeEnsembleClassifier, whose nodes are named by a tree and a number
 * within it, and whose leaves may vote for several targets.
 */
final class TreeEnsembleV1Converter {
    private static final List<String> AGGREGATES = List.of("AVERAGE", "SUM", "MIN", "MAX");

    /** Names a node. */
    private record Id(long tree, long node) {}

    /** Says how much a leaf gives to a target. */
    private record Vote(int leaf, int target, double weight) {}

    private final NodeContext node;
    private final Map<Id, Integer> places = new HashMap<>();
    private final List<Integer> roots = new ArrayList<>();
    private final int count;

    private TreeEnsembleV1Converter(NodeContext node) {
        this.node = node;
        long[] trees = node.attributes().requireInts("nodes_treeids");
        long[] numbers = list("nodes_nodeids", trees.length);
        this.count = trees.length;
        long previous = Long.MIN_VALUE;
        for (int i = 0; i < count; i++) {
            if (places.put(new Id(trees[i], numbers[i]), i) != null) {
                throw node.malformedAttribute("nodes_nodeids", "names node " + numbers[i] + " of a tree twice");
            }
            // The first node of a tree is its root.
            if (trees[i] != previous) {
                roots.add(i);
                previous = trees[i];
            }
        }
    }

    private long[] list(String name, int length) {
        long[] values = node.attributes().requireInts(name);
        if (values.length != length) {
            throw node.malformedAttribute(name, "expected " + length + " integers, got " + values.length);
        }
        return values;
    }

    static Operand<?> regressor(NodeContext node) {
        Ops tf = node.tf();
        TreeEnsembleV1Converter ensemble = new TreeEnsembleV1Converter(node);
        int targets = Math.toIntExact(node.attributes().intOr("n_targets", 1));
        String aggregate = node.attributes().stringOr("aggregate_function", "SUM");
        if (!AGGREGATES.contains(aggregate)) {
            throw node.malformedAttribute("aggregate_function", "expected one of " + AGGREGATES + ", got " + aggregate);
        }
        int code = AGGREGATES.indexOf(aggregate);
        if (code > 1 && targets > 1) {
            throw node.unsupported("the least or greatest vote for several targets is not supported");
        }
        List<Vote> votes = ensemble.votes("target", "target_ids", targets);
        Operand<TFloat64> scores = ensemble.scores(votes, targets, code);
        return PostTransform.of(node).apply(tf, tf.dtypes.cast(scores, TFloat32.class));
    }

    static List<Operand<?>> classifier(NodeContext node) {
        Ops tf = node.tf();
        TreeEnsembleV1Converter ensemble = new TreeEnsembleV1Converter(node);
        Operand<TType> labels = labels(node);
        int classes = Math.toIntExact(labels.shape().get(0));
        List<Vote> votes = ensemble.votes("class", "class_ids", classes);
        PostTransform transform = PostTransform.of(node);
        boolean single =
                classes == 2 && votes.stream().map(Vote::target).distinct().count() == 1;
        Operand<TFloat32> scores = tf.dtypes.cast(ensemble.scores(votes, classes, 1), TFloat32.class);
        if (!single) {
            Operand<TInt64> best = tf.math.argMax(scores, tf.constant(1));
            return List.of(tf.gather(labels, best, tf.constant(0)), transform.apply(tf, scores));
        }
        // Two classes, and votes for one of them alone: ONNX Runtime takes positive weights for probabilities.
        boolean probability = votes.stream().allMatch(vote -> vote.weight() >= 0);
        int voted = votes.get(0).target();
        Operand<TFloat32> score = tf.slice(scores, tf.constant(new long[] {0, voted}), tf.constant(new long[] {-1, 1}));
        Operand<TBool> second = tf.math.greater(score, tf.constant(probability ? 0.5f : 0f));
        Operand<TInt64> best = tf.reshape(tf.dtypes.cast(second, TInt64.class), tf.constant(new long[] {-1}));
        Operand<?> label = tf.gather(labels, best, tf.constant(0));
        if (voted == 1) {
            return List.of(label, transform.apply(tf, scores));
        }
        Operand<TFloat32> opposite = probability ? tf.math.sub(tf.constant(1f), score) : tf.math.neg(score);
        Operand<TFloat32> both = tf.concat(List.of(opposite, score), tf.constant(1));
        boolean logistic = transform == PostTransform.LOGISTIC && !probability;
        return List.of(label, logistic ? tf.math.sigmoid(both) : both);
    }

    private static Operand<TType> labels(NodeContext node) {
        Optional<List<String>> names =
                node.attributes().strings("classlabels_strings").filter(list -> !list.isEmpty());
        if (names.isPresent()) {
            return NodeContext.cast(StringOps.list(node.tf(), names.get()));
        }
        return NodeContext.cast(node.tf().constant(node.attributes().requireInts("classlabels_int64s")));
    }

    private double[] numbers(String name, int length) {
        Optional<OnnxTensor> tensor = node.attributes().tensor(name + "_as_tensor");
        double[] values = tensor.isPresent()
                ? tensor.get().toDoubles()
                : doubles(node.attributes().floats(name).orElse(new float[0]));
        if (values.length != length) {
            throw node.malformedAttribute(name, "expected " + length + " numbers, got " + values.length);
        }
        return values;
    }

    private static double[] doubles(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    private List<Vote> votes(String prefix, String ids, int targets) {
        long[] trees = node.attributes().requireInts(prefix + "_treeids");
        long[] numbers = list(prefix + "_nodeids", trees.length);
        long[] chosen = list(ids, trees.length);
        double[] weights = numbers(prefix + "_weights", trees.length);
        List<Vote> votes = new ArrayList<>();
        for (int i = 0; i < trees.length; i++) {
            if (chosen[i] < 0 || chosen[i] >= targets) {
                throw node.malformedAttribute(ids, "expected 0 to " + (targets - 1) + ", got " + chosen[i]);
            }
            int leaf = place(prefix + "_nodeids", trees[i], numbers[i]);
            votes.add(new Vote(leaf, (int) chosen[i], weights[i]));
        }
        return votes;
    }

    private int place(String attribute, long tree, long number) {
        Integer place = places.get(new Id(tree, number));
        if (place == null) {
            throw node.malformedAttribute(attribute, "tree " + tree + " has no node " + number);
        }
        return place;
    }

    private Operand<TFloat64> scores(List<Vote> votes, int targets, int aggregate) {
        Ops tf = node.tf();
        if (node.rank(0) != 2) {
            throw node.malformed("expected rows of features, got rank " + node.rank(0));
        }
        Operand<TNumber> x = node.input(0);
        Operand<TNumber> rows = ElementTypes.isFloating(x) ? x : NodeContext.cast(tf.dtypes.cast(x, TFloat32.class));
        double[] table = new double[count * targets];
        for (Vote vote : votes) {
            table[vote.leaf() * targets + vote.target()] += vote.weight();
        }
        Operand<TFloat64> given = tf.reshape(tf.constant(table), tf.constant(new int[] {-1, targets}));
        Operand<TFloat64> reached = tf.gather(given, trees().leaves(node, rows), tf.constant(0));
        Operand<TFloat64> scores = TreeEnsembleConverter.aggregated(tf, reached, aggregate);
        boolean based =
                node.attributes().has("base_values") || node.attributes().has("base_values_as_tensor");
        return based ? tf.math.add(scores, tf.constant(numbers("base_values", targets))) : scores;
    }

    private Trees trees() {
        List<String> names = node.attributes().strings("nodes_modes").orElse(List.of());
        if (names.size() != count) {
            throw node.malformedAttribute("nodes_modes", "expected " + count + " modes, got " + names.size());
        }
        long[] tracks =
                node.attributes().ints("nodes_missing_value_tracks_true").orElse(new long[0]);
        long[] features = list("nodes_featureids", count);
        double[] splits = numbers("nodes_values", count);
        int[] whenTrue = branch("nodes_truenodeids", names);
        int[] whenFalse = branch("nodes_falsenodeids", names);
        List<Trees.Node> nodes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Trees.Mode mode = mode(names.get(i));
            boolean missing = i < tracks.length && tracks[i] != 0;
            nodes.add(
                    mode == Trees.Mode.LEAF
                            ? Trees.Node.leaf(i)
                            : new Trees.Node(
                                    Math.toIntExact(features[i]),
                                    mode,
                                    splits[i],
                                    List.of(),
                                    missing,
                                    whenTrue[i],
                                    whenFalse[i]));
        }
        return new Trees(nodes, roots);
    }

    private Trees.Mode mode(String name) {
        return switch (name) {
            case "LEAF" -> Trees.Mode.LEAF;
            case "BRANCH_LEQ" -> Trees.Mode.LEQ;
            case "BRANCH_LT" -> Trees.Mode.LT;
            case "BRANCH_GTE" -> Trees.Mode.GTE;
            case "BRANCH_GT" -> Trees.Mode.GT;
            case "BRANCH_EQ" -> Trees.Mode.EQ;
            case "BRANCH_NEQ" -> Trees.Mode.NEQ;
            default -> throw node.malformedAttribute("nodes_modes", "there is no mode " + name);
        };
    }

    private int[] branch(String attribute, List<String> modes) {
        long[] trees = node.attributes().requireInts("nodes_treeids");
        long[] numbers = list(attribute, count);
        return IntStream.range(0, count)
                .map(i -> modes.get(i).equals("LEAF") ? i : place(attribute, trees[i], numbers[i]))
                .toArray();
    }
}
