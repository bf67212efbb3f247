package org.lsuv.tf.onnxexport.ops;

import java.util.List;
import java.util.stream.LongStream;
import org.lsuv.onnx.NodeDraft;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/** Converts operations that move elements along an axis, or gather what lies before them. */
final class MovingOps {
    private MovingOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("Roll", MovingOps::roll);
        ops.add("ReverseSequence", MovingOps::reverseSequence);
        ops.add("Cumprod", MovingOps::cumprod);
    }

    private static void roll(NodeExport node) {
        String moved = node.in(0);
        String shape = node.add("Shape", moved);
        long[] axes = node.integers(2);
        String shifts = node.reshape(node.inLongs(1), -1);
        for (int i = 0; i < axes.length; i++) {
            String axis = node.longs(Math.floorMod(axes[i], node.rank(0)));
            String size = node.add("Gather", shape, axis);
            String shift = node.add("Gather", shifts, node.longs(i));
            // ONNX's Mod has the sign of the divisor.
            String cut = node.add("Sub", size, node.add("Mod", shift, size));
            String front = node.add("Slice", moved, cut, size, axis);
            String back = node.add("Slice", moved, node.longs(0), cut, axis);
            moved = node.draft("Concat", front, back)
                    .with("axis", Math.floorMod(axes[i], node.rank(0)))
                    .add();
        }
        node.give(node.draft("Identity", moved));
    }

    private static void reverseSequence(NodeExport node) {
        long time = node.integer("seq_dim");
        long batch = node.integer("batch_dim");
        if (time + batch != 1 || time * batch != 0) {
            throw node.unsupported("steps along axis " + time + " with rows along axis " + batch
                    + " are not supported: expected axes 0 and 1");
        }
        node.give(node.draft("ReverseSequence", node.in(0), node.inLongs(1))
                .with("time_axis", time)
                .with("batch_axis", batch));
    }

    /** Writes the product of all elements up to each one: ONNX has no operator, and logarithms would lose signs. */
    private static void cumprod(NodeExport node) {
        int rank = node.rank(0);
        int axis = Math.floorMod((int) node.integers(1)[0], rank);
        boolean exclusive = node.flag("exclusive");
        boolean reverse = node.flag("reverse");
        String size = node.add("Gather", node.add("Shape", node.in(0)), node.index(axis));
        String places = node.add("Range", node.index(0), size, node.index(1));
        String factors = behind(node, places, rank - axis - 1);
        String results = behind(node, places, rank - axis);
        String one = reverse ? factors : results;
        String other = reverse ? results : factors;
        String taken = node.add(exclusive ? "Greater" : "GreaterOrEqual", one, other);
        String all = node.add("Where", taken, node.unsqueeze(node.in(0), List.of((long) axis)), node.scalar(0, 1));
        NodeDraft product = node.opset() >= 18
                ? node.draft("ReduceProd", all, node.longs(axis + 1))
                : node.draft("ReduceProd", all).withInts("axes", List.of((long) axis + 1));
        node.give(product.with("keepdims", 0));
    }

    /** Adds axes behind the only one. */
    private static String behind(NodeExport node, String value, int count) {
        return node.unsqueeze(value, LongStream.rangeClosed(1, count).boxed().toList());
    }
}
