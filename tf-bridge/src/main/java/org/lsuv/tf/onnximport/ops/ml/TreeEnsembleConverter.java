package org.lsuv.tf.onnximport.ops.ml;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Max;
import org.tensorflow.op.core.Min;
import org.tensorflow.op.core.Sum;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;

/** Converts TreeEnsemble: interior nodes come first in the list of nodes, the leaves behind them. */
final class TreeEnsembleConverter {
    /** The leaves that a target has no weight in must not become the least or the greatest. */
    private static final double[] NEUTRAL = {0, 0, Float.MAX_VALUE, -Float.MAX_VALUE};

    private final NodeContext node;
    private final int[] trueIds;
    private final int[] falseIds;
    private final double[] weights;

    private TreeEnsembleConverter(NodeContext node) {
        this.node = node;
        this.trueIds = ints("nodes_truenodeids");
        this.falseIds = ints("nodes_falsenodeids");
        this.weights = node.attributes().requireTensor("leaf_weights").toDoubles();
    }

    static Operand<?> treeEnsemble(NodeContext node) {
        return new TreeEnsembleConverter(node).convert();
    }

    private int[] ints(String name) {
        return Arrays.stream(node.attributes().requireInts(name))
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    private Operand<?> convert() {
        Ops tf = node.tf();
        Operand<TNumber> x = node.input(0);
        if (node.rank(0) != 2) {
            throw node.malformed("expected rows of features, got rank " + node.rank(0));
        }
        int targets = Math.toIntExact(node.attributes().requireInt("n_targets"));
        int[] targetIds = ints("leaf_targetids");
        int aggregate = (int) node.attributes().intOr("aggregate_function", 1);
        if (aggregate < 0 || aggregate >= NEUTRAL.length) {
            throw node.malformedAttribute("aggregate_function", "expected 0 to 3, got " + aggregate);
        }
        if (targetIds.length != weights.length || Arrays.stream(targetIds).anyMatch(id -> id < 0 || id >= targets)) {
            throw node.malformedAttribute(
                    "leaf_targetids", "expected a target from 0 to " + (targets - 1) + " for each of the weights");
        }
        Trees trees = trees();
        int inner = trueIds.length;
        double[] table = new double[(inner + weights.length) * targets];
        Arrays.fill(table, NEUTRAL[aggregate]);
        for (int leaf = 0; leaf < weights.length; leaf++) {
            table[(inner + leaf) * targets + targetIds[leaf]] = weights[leaf];
        }
        Operand<TFloat64> votes = tf.reshape(tf.constant(table), tf.constant(new int[] {-1, targets}));
        Operand<TFloat64> reached = tf.gather(votes, trees.leaves(node, x), tf.constant(0));
        Operand<TFloat64> scores = aggregated(tf, reached, aggregate);
        PostTransform transform = PostTransform.of(node);
        return transform == PostTransform.NONE
                ? tf.dtypes.cast(scores, x.type())
                : tf.dtypes.cast(transform.apply(tf, tf.dtypes.cast(scores, TFloat32.class)), x.type());
    }

    static Operand<TFloat64> aggregated(Ops tf, Operand<TFloat64> votes, int aggregate) {
        Operand<TInt64> trees = tf.constant(new long[] {1});
        return switch (aggregate) {
            case 0 -> tf.math.mean(votes, trees);
            case 1 -> tf.sum(votes, trees, Sum.keepDims(false));
            case 2 -> tf.min(votes, trees, Min.keepDims(false));
            default -> tf.max(votes, trees, Max.keepDims(false));
        };
    }

    private Trees trees() {
        int inner = trueIds.length;
        long[] codes = node.attributes().requireTensor("nodes_modes").toLongs();
        double[] splits = node.attributes().requireTensor("nodes_splits").toDoubles();
        int[] features = ints("nodes_featureids");
        for (int length : List.of(codes.length, splits.length, features.length, falseIds.length)) {
            if (length != inner) {
                throw node.malformed("the attributes nodes_* differ in length: " + length + " and " + inner);
            }
        }
        boolean[] missing = missing(inner);
        int[] whenTrue = branch(trueIds, "nodes_trueleafs");
        int[] whenFalse = branch(falseIds, "nodes_falseleafs");
        Iterator<List<Double>> sets = sets().iterator();
        List<Trees.Node> nodes = new ArrayList<>();
        for (int i = 0; i < inner; i++) {
            Trees.Mode mode = Trees.Mode.ofCode(node, codes[i]);
            if (mode == Trees.Mode.MEMBER && !sets.hasNext()) {
                throw node.malformedAttribute("membership_values", "has too few sets");
            }
            List<Double> members = mode == Trees.Mode.MEMBER ? sets.next() : List.of();
            nodes.add(new Trees.Node(features[i], mode, splits[i], members, missing[i], whenTrue[i], whenFalse[i]));
        }
        for (int leaf = 0; leaf < weights.length; leaf++) {
            nodes.add(Trees.Node.leaf(inner + leaf));
        }
        int[] roots = checked("tree_roots", ints("tree_roots"), inner);
        return new Trees(nodes, Arrays.stream(roots).boxed().toList());
    }

    private boolean[] missing(int inner) {
        boolean[] missing = new boolean[inner];
        long[] tracks =
                node.attributes().ints("nodes_missing_value_tracks_true").orElse(new long[0]);
        for (int i = 0; i < Math.min(inner, tracks.length); i++) {
            missing[i] = tracks[i] != 0;
        }
        return missing;
    }

    /** Returns where a branch of each interior node leads. */
    private int[] branch(int[] ids, String leafs) {
        int inner = ids.length;
        int[] isLeaf = ints(leafs);
        if (isLeaf.length != inner) {
            throw node.malformedAttribute(leafs, "expected " + inner + " integers, got " + isLeaf.length);
        }
        int[] next = new int[inner];
        for (int i = 0; i < inner; i++) {
            int bound = isLeaf[i] != 0 ? weights.length : inner;
            checked(leafs, new int[] {ids[i]}, bound);
            next[i] = isLeaf[i] != 0 ? inner + ids[i] : ids[i];
        }
        return next;
    }

    private int[] checked(String attribute, int[] ids, int bound) {
        for (int id : ids) {
            if (id < 0 || id >= bound) {
                throw node.malformedAttribute(attribute, "leads to " + id + ", of " + bound);
            }
        }
        return ids;
    }

    /** The sets stand one behind the other, in the order of their nodes, with NaN behind each. */
    private List<List<Double>> sets() {
        List<List<Double>> sets = new ArrayList<>();
        List<Double> set = new ArrayList<>();
        for (double value : node.attributes()
                .tensor("membership_values")
                .map(OnnxTensor::toDoubles)
                .orElse(new double[0])) {
            if (Double.isNaN(value)) {
                sets.add(set);
                set = new ArrayList<>();
            } else {
                set.add(value);
            }
        }
        return sets;
    }
}
