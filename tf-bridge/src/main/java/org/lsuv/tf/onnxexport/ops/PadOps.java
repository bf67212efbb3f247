package org.lsuv.tf.onnxexport.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.Order;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/** Converts padding. */
final class PadOps {
    private PadOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("Pad", node -> pad(node, Optional.empty()));
        ops.add("PadV2", node -> pad(node, Optional.of(2)));
        ops.add("MirrorPad", PadOps::mirror);
    }

    private static void pad(NodeExport node, Optional<Integer> value) {
        String filler = value.map(node::in).orElseGet(() -> node.scalar(0, 0));
        Optional<OnnxTensor> pads = node.constant(1);
        if (pads.isEmpty()) {
            // TensorFlow pairs begin and end an axis; ONNX wants all begins first.
            String sides = node.transpose(node.inLongs(1), Order.of(1, 0));
            node.give(node.draft("Pad", node.in(0), node.reshape(sides, -1), filler));
            return;
        }
        Order order = node.order(0).orElseGet(() -> Order.identity(node.rank(0)));
        node.give(0, node.draft("Pad", node.in(0, order), node.longs(begins(pads.get(), order)), filler), order);
    }

    private static List<Long> begins(OnnxTensor pads, Order order) {
        long[] pairs = pads.toLongs();
        List<Long> all = new ArrayList<>();
        for (int side = 0; side < 2; side++) {
            for (int axis : order.axes()) {
                all.add(pairs[2 * axis + side]);
            }
        }
        return all;
    }

    /** ONNX cannot repeat the outermost elements: which ones stand where is written out. */
    private static void mirror(NodeExport node) {
        OnnxTensor pads = node.constant(1).orElseThrow(() -> node.unsupported("the padding is computed"));
        Order order = node.order(0).orElseGet(() -> Order.identity(node.rank(0)));
        if (node.text("mode").equals("REFLECT")) {
            node.give(
                    0,
                    node.draft("Pad", node.in(0, order), node.longs(begins(pads, order)))
                            .withText("mode", "reflect"),
                    order);
            return;
        }
        long[] pairs = pads.toLongs();
        String value = node.in(0, order);
        for (int axis = 0; axis < order.rank(); axis++) {
            long before = pairs[2 * axis];
            long after = pairs[2 * axis + 1];
            if (before != 0 || after != 0) {
                long size = node.shape(0).get(axis);
                if (size < 0) {
                    throw node.unsupported("the size of axis " + axis + " is not known");
                }
                long[] places = LongStream.range(-before, size + after)
                        .map(place -> place < 0 ? -1 - place : place < size ? place : 2 * size - 1 - place)
                        .toArray();
                value = node.draft("Gather", value, node.longs(places))
                        .with("axis", order.position(axis))
                        .add();
            }
        }
        node.give(0, node.draft("Identity", value), order);
    }
}
