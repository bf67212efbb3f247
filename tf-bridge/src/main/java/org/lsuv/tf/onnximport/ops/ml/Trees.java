package org.lsuv.tf.onnximport.ops.ml;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.Size;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gather;
import org.tensorflow.op.core.ReduceAny;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/**
 * Holds the nodes of decision trees, all in one list. A leaf leads to itself, so that all rows walk all trees
 * at once, as many steps as the deepest tree has levels.
 *
 * @param nodes the nodes of all trees
 * @param roots the place of the node that each tree starts at
 */
record Trees(List<Node> nodes, List<Integer> roots) {
    Trees {
        nodes = List.copyOf(nodes);
        roots = List.copyOf(roots);
    }

    /**
     * Decides by one feature where to go.
     *
     * @param feature the feature that is looked at
     * @param mode how it is compared
     * @param split what it is compared with
     * @param members what {@link Mode#MEMBER} compares it with
     * @param missing whether NaN counts as true
     * @param whenTrue the place of the next node if so
     * @param whenFalse the place of the next node if not
     */
    record Node(
            int feature, Mode mode, double split, List<Double> members, boolean missing, int whenTrue, int whenFalse) {
        static Node leaf(int place) {
            return new Node(0, Mode.LEAF, 0, List.of(), false, place, place);
        }
    }

    /** Lists the comparisons with ONNX's numbers for them. */
    enum Mode {
        LEQ(0),
        LT(1),
        GTE(2),
        GT(3),
        EQ(4),
        NEQ(5),
        MEMBER(6),
        LEAF(-1);

        private final int code;

        Mode(int code) {
            this.code = code;
        }

        static Mode ofCode(NodeContext node, long code) {
            return Arrays.stream(values())
                    .filter(mode -> mode.code == code && mode != LEAF)
                    .findFirst()
                    .orElseThrow(() -> node.malformedAttribute("nodes_modes", "expected 0 to 6, got " + code));
        }
    }

    /** Returns the leaf that each row (first axis) reaches in each tree (second axis). */
    <T extends TNumber> Operand<TInt32> leaves(NodeContext node, Operand<T> rows) {
        Ops tf = node.tf();
        int depth = depth(node);
        Operand<TInt32> shape = Size.vector(tf, List.of(Size.of(tf, rows, 0), Size.of(tf, roots.size())));
        Operand<TInt32> place = tf.broadcastTo(tf.constant(ints(roots.stream())), shape);
        Operand<TInt32> one = tf.constant(1);
        for (int level = 0; level < depth; level++) {
            Operand<TInt32> feature = at(tf, each(tf, Node::feature), place);
            Operand<T> value = tf.gather(rows, feature, one, Gather.batchDims(1L));
            place = tf.select(
                    decides(tf, value, place),
                    at(tf, each(tf, Node::whenTrue), place),
                    at(tf, each(tf, Node::whenFalse), place));
        }
        return place;
    }

    private static <V extends TType> Operand<V> at(Ops tf, Operand<V> list, Operand<TInt32> place) {
        return tf.gather(list, place, tf.constant(0));
    }

    private static int[] ints(Stream<Integer> values) {
        return values.mapToInt(Integer::intValue).toArray();
    }

    private Operand<TInt32> each(Ops tf, Function<Node, Integer> property) {
        return tf.constant(ints(nodes.stream().map(property)));
    }

    private <T extends TNumber> Operand<TBool> decides(Ops tf, Operand<T> value, Operand<TInt32> place) {
        double[] splits = nodes.stream().mapToDouble(Node::split).toArray();
        Operand<T> split = at(tf, tf.dtypes.cast(tf.constant(splits), value.type()), place);
        Operand<TInt32> mode = at(tf, each(tf, node -> node.mode().code), place);
        Operand<TBool> result = tf.constant(false);
        List<Mode> modes = nodes.stream().map(Node::mode).distinct().toList();
        for (Mode each : modes.stream().filter(each -> each != Mode.LEAF).toList()) {
            Operand<TBool> here = tf.math.equal(mode, tf.constant(each.code));
            result = tf.math.logicalOr(result, tf.math.logicalAnd(here, compared(tf, each, value, split, place)));
        }
        if (nodes.stream().noneMatch(Node::missing)) {
            return result;
        }
        Operand<TInt32> tracks = at(tf, each(tf, node -> node.missing() ? 1 : 0), place);
        Operand<TBool> missing = tf.math.logicalAnd(tf.math.isNan(value), tf.math.equal(tracks, tf.constant(1)));
        return tf.math.logicalOr(result, missing);
    }

    private <T extends TNumber> Operand<TBool> compared(
            Ops tf, Mode mode, Operand<T> value, Operand<T> split, Operand<TInt32> place) {
        return switch (mode) {
            case LEQ -> tf.math.lessEqual(value, split);
            case LT -> tf.math.less(value, split);
            case GTE -> tf.math.greaterEqual(value, split);
            case GT -> tf.math.greater(value, split);
            case EQ -> tf.math.equal(value, split);
            case NEQ -> tf.math.notEqual(value, split);
            default -> isMember(tf, value, place);
        };
    }

    private <T extends TNumber> Operand<TBool> isMember(Ops tf, Operand<T> value, Operand<TInt32> place) {
        int width = nodes.stream().mapToInt(node -> node.members().size()).max().orElse(0);
        // NaN equals nothing.
        double[] table = new double[nodes.size() * width];
        Arrays.fill(table, Double.NaN);
        for (int i = 0; i < nodes.size(); i++) {
            for (int j = 0; j < nodes.get(i).members().size(); j++) {
                table[i * width + j] = nodes.get(i).members().get(j);
            }
        }
        Operand<TFloat64> lists = tf.reshape(tf.constant(table), tf.constant(new int[] {nodes.size(), width}));
        Operand<T> list = at(tf, tf.dtypes.cast(lists, value.type()), place);
        Operand<TBool> equal = tf.math.equal(tf.expandDims(value, tf.constant(-1)), list);
        return tf.reduceAny(equal, tf.constant(-1), ReduceAny.keepDims(false));
    }

    /** Returns the number of steps from a root to the furthest leaf. */
    private int depth(NodeContext node) {
        Set<Integer> reached = new HashSet<>();
        List<Integer> level = roots;
        for (int depth = 0; depth <= nodes.size(); depth++) {
            List<Integer> next = new ArrayList<>();
            for (int place : level) {
                Node inner = nodes.get(place);
                if (inner.mode() == Mode.LEAF) {
                    continue;
                }
                if (!reached.add(place)) {
                    throw node.malformed("node " + place + " of the trees is reached twice");
                }
                next.add(inner.whenTrue());
                next.add(inner.whenFalse());
            }
            if (next.isEmpty()) {
                return depth;
            }
            level = next;
        }
        throw node.malformed("the trees never end");
    }
}
