package org.lsuv.tf.onnxexport.ops;

import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.Order;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/** Converts operations that write no node: they pass their operand on, or only say how its axes lie. */
final class PassingOps {
    private PassingOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("Identity", PassingOps::first);
        ops.add("StopGradient", PassingOps::first);
        ops.add("PreventGradient", PassingOps::first);
        ops.add("Snapshot", PassingOps::first);
        ops.add("CheckNumerics", PassingOps::first);
        ops.add("EnsureShape", PassingOps::first);
        ops.add("PlaceholderWithDefault", PassingOps::first);
        ops.add("IdentityN", PassingOps::all);
        ops.add("Transpose", PassingOps::transpose);
    }

    private static void first(NodeExport node) {
        node.passes(0, 0);
    }

    private static void all(NodeExport node) {
        for (int i = 0; i < node.inputs(); i++) {
            node.passes(i, i);
        }
    }

    private static void transpose(NodeExport node) {
        long[] axes = node.integers(1);
        int[] order = new int[axes.length];
        for (int i = 0; i < axes.length; i++) {
            order[i] = Math.floorMod((int) axes[i], axes.length);
        }
        node.transposes(Order.of(order));
    }
}
