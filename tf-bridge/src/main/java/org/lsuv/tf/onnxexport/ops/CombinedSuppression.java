package org.lsuv.tf.onnxexport.ops;

import java.util.List;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.Order;

/**
 * Converts {@code CombinedNonMaxSuppression}: boxes that overlap better ones of their class are left out, and the best
 * of all classes that are left are given, a row an image.
 */
final class CombinedSuppression {
    /** Less than any score that is left. */
    private static final float NONE = Float.NEGATIVE_INFINITY;

    private final NodeExport node;
    private final boolean shared;

    /** The scores of each image: class by class, box by box. */
    private final String scores;

    private final String batch;
    private final String boxCount;

    private CombinedSuppression(NodeExport node) {
        this.node = node;
        long perBox = node.rank(0) == 4 ? node.shape(0).get(2) : -1;
        if (perBox < 0) {
            throw node.unsupported("whether classes share their boxes is not known: size 2 of operand 0 is open");
        }
        this.shared = perBox == 1;
        this.scores = node.transpose(node.in(1), Order.of(0, 2, 1));
        String shape = node.add("Shape", node.in(1));
        this.batch = node.add("Slice", shape, node.longs(0), node.longs(1));
        this.boxCount = node.add("Slice", shape, node.longs(1), node.longs(2));
    }

    static void convert(NodeExport node) {
        new CombinedSuppression(node).write();
    }

    private void write() {
        String left = left();
        String most = most();
        // TopK wants as many candidates as it is asked for.
        String padding = node.add("Expand", node.scalar(OnnxType.FLOAT, NONE), joined(batch, most));
        String candidates = node.draft("Concat", left, padding).with("axis", 1).add();
        String best = node.name(0);
        String places = node.name(1);
        node.draft("TopK", candidates, most).with("axis", 1).addAs(List.of(best, places));
        String there = node.add("Greater", best, node.scalar(OnnxType.FLOAT, NONE));
        String found = node.add("Where", there, places, node.index(0));
        String zero = node.scalar(OnnxType.FLOAT, 0);
        String classes = node.cast(node.add("Div", found, boxCount), OnnxType.FLOAT);
        String chosen = node.draft("GatherND", boxes(), node.unsqueeze(box(found), List.of(2L)))
                .with("batch_dims", 1)
                .add();
        String cut = node.flag("clip_boxes") ? node.add("Clip", chosen, zero, node.scalar(OnnxType.FLOAT, 1)) : chosen;
        node.give(0, node.draft("Where", node.unsqueeze(there, List.of(2L)), cut, zero));
        node.give(1, node.draft("Where", there, best, zero));
        node.give(2, node.draft("Where", there, classes, zero));
        node.give(
                3,
                node.draft("ReduceSum", node.cast(there, OnnxType.INT32), node.longs(1))
                        .with("keepdims", 0));
    }

    private String joined(String... sizes) {
        return node.draft("Concat", sizes).with("axis", 0).add();
    }

    private String most() {
        String all = node.reshape(node.inLongs(3), 1);
        if (!node.flag("pad_per_class")) {
            return all;
        }
        String classes = node.add("Slice", node.add("Shape", node.in(1)), node.longs(2), node.longs(3));
        return node.add("Min", all, node.add("Mul", node.reshape(node.inLongs(2), 1), classes));
    }

    /** Returns the scores of each image, those that are left out replaced: images × (classes · boxes). */
    private String left() {
        // Where each class has boxes of its own, each is suppressed as an image of one class.
        String one = shared ? scores : node.add("Reshape", scores, joined(node.longs(-1, 1), boxCount));
        String boxes = shared
                ? node.squeeze(node.in(0), List.of(2L))
                : node.add("Reshape", byClass(), joined(node.longs(-1), boxCount, node.longs(4)));
        String chosen =
                node.add("NonMaxSuppression", boxes, one, node.reshape(node.inLongs(2), 1), number(4), number(5));
        String none = node.add("Expand", node.scalar(OnnxType.FLOAT, NONE), node.add("Shape", one));
        String left = node.add("ScatterND", none, chosen, node.add("GatherND", one, chosen));
        return node.add("Reshape", left, joined(batch, node.longs(-1)));
    }

    private String number(int input) {
        return node.constant(input)
                .map(value -> node.store(OnnxTensor.ofFloats("", new long[] {1}, (float) value.toDoubles()[0])))
                .orElseGet(() -> node.reshape(node.in(input), 1));
    }

    private String byClass() {
        return node.transpose(node.in(0), Order.of(0, 2, 1, 3));
    }

    /** Returns the boxes of each image that a candidate may have. */
    private String boxes() {
        return shared
                ? node.squeeze(node.in(0), List.of(2L))
                : node.add("Reshape", byClass(), joined(batch, node.longs(-1, 4)));
    }

    private String box(String candidate) {
        return shared ? node.add("Mod", candidate, boxCount) : candidate;
    }
}
