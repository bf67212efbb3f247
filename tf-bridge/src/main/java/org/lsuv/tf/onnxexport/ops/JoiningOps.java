package org.lsuv.tf.onnxexport.ops;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.lsuv.onnx.NodeDraft;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.Order;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/** Converts operations that join tensors and take them apart. */
final class JoiningOps {
    private JoiningOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("ConcatV2", JoiningOps::concat);
        ops.add("Split", JoiningOps::split);
        ops.add("SplitV", JoiningOps::splitV);
        ops.add("Pack", JoiningOps::pack);
        ops.add("Unpack", JoiningOps::unpack);
    }

    private static void concat(NodeExport node) {
        int parts = node.inputs() - 1;
        Aligned operands = Aligned.of(node, IntStream.range(0, parts).toArray());
        int axis = (int) node.integers(parts)[0];
        int at = operands.order()
                .map(order -> order.position(Math.floorMod(axis, order.rank())))
                .orElse(axis);
        operands.give(node, operands.draft(node, "Concat").with("axis", at));
    }

    private static void split(NodeExport node) {
        int count = node.outputs();
        if (count == 1) {
            node.passes(0, 1);
            return;
        }
        Optional<Order> order = node.order(1);
        long axis = axis(node, 1, node.integers(0)[0], order);
        String value = order.map(by -> node.in(1, by)).orElseGet(() -> node.in(1));
        NodeDraft draft = node.draft("Split", value).with("axis", axis);
        // Equal parts are the default; since opset 18 their number must be said.
        node.giveAll(node.opset() >= 18 ? draft.with("num_outputs", count) : draft, order);
    }

    private static long axis(NodeExport node, int input, long axis, Optional<Order> order) {
        int rank = node.rank(input);
        int own = Math.floorMod((int) axis, rank);
        return order.map(by -> by.position(own)).orElse(own);
    }

    private static void splitV(NodeExport node) {
        if (node.outputs() == 1) {
            node.passes(0, 0);
            return;
        }
        Optional<Order> order = node.order(0);
        int own = Math.floorMod((int) node.integers(2)[0], node.rank(0));
        String value = order.map(by -> node.in(0, by)).orElseGet(() -> node.in(0));
        long[] sizes = node.integers(1);
        long rest = LongStream.of(sizes).filter(size -> size >= 0).sum();
        long whole = node.shape(0).get(own);
        if (whole < 0 && LongStream.of(sizes).anyMatch(size -> size < 0)) {
            throw node.unsupported("the size of the last part is not known");
        }
        String parts = node.longs(
                LongStream.of(sizes).map(size -> size < 0 ? whole - rest : size).toArray());
        node.giveAll(node.draft("Split", value, parts).with("axis", axis(node, 0, own, order)), order);
    }

    private static void pack(NodeExport node) {
        long axis = node.integer("axis");
        int rank = node.shape(0).isUnknown() ? -1 : node.rank(0);
        long at = axis < 0 && rank >= 0 ? axis + rank + 1 : axis;
        String[] parts = IntStream.range(0, node.inputs())
                .mapToObj(i -> node.unsqueeze(node.in(i), List.of(at)))
                .toArray(String[]::new);
        node.give(node.draft("Concat", parts).with("axis", at));
    }

    private static void unpack(NodeExport node) {
        int count = node.outputs();
        int rank = node.rank(0);
        long axis = Math.floorMod((int) node.integer("axis"), rank);
        List<String> parts = new ArrayList<>();
        if (count == 1) {
            node.give(node.draft("Squeeze", node.in(0), node.longs(axis)));
            return;
        }
        for (int i = 0; i < count; i++) {
            parts.add(node.name(i));
        }
        String sizes = node.longs(Collections.nCopies(count, 1L));
        node.draft("Split", node.in(0), sizes).with("axis", axis).addAs(parts);
        for (int i = 0; i < count; i++) {
            node.give(i, node.draft("Squeeze", parts.get(i), node.longs(axis)));
        }
    }
}
