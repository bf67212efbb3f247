package org.lsuv.tf.onnxexport.ops;

import java.util.List;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.TfOpRegistry;
import org.tensorflow.ndarray.Shape;

/** Converts operations that count numbers, or put elements at listed places. */
final class CountingOps {
    private CountingOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("Bincount", node -> count(node, false));
        ops.add("DenseBincount", node -> count(node, node.flag("binary_output")));
        ops.add("SparseToDense", CountingOps::sparseToDense);
    }

    /** Numbers that are none of the counted ones meet none of them, as in TensorFlow. */
    private static void count(NodeExport node, boolean binary) {
        int rank = node.op().equals("Bincount") ? 1 : node.rank(0);
        String numbers = node.op().equals("Bincount") ? node.reshape(node.inLongs(0), -1) : node.inLongs(0);
        String size = node.squeeze(node.reshape(node.inLongs(1), 1), List.of(0L));
        String bins = node.add("Range", node.index(0), size, node.index(1));
        String met = node.add("Equal", node.unsqueeze(numbers, List.of((long) rank)), bins);
        OnnxType type = node.outType(0);
        String counted = node.cast(met, type);
        if (isWeighted(node)) {
            String weights = rank == 1 ? node.reshape(node.in(2), -1) : node.in(2);
            counted = node.add("Mul", counted, node.unsqueeze(weights, List.of((long) rank)));
        }
        String sum = node.draft("ReduceSum", counted, node.longs(rank - 1))
                .with("keepdims", 0)
                .add();
        node.give(binary ? node.draft("Min", sum, node.scalar(type, 1)) : node.draft("Identity", sum));
    }

    private static boolean isWeighted(NodeExport node) {
        Shape shape = node.shape(2);
        if (shape.isUnknown() || shape.hasUnknownDimension()) {
            throw node.unsupported("whether there are weights is not known: the shape of operand 2 is open");
        }
        return shape.size() > 0 && !node.flag("binary_output");
    }

    private static void sparseToDense(NodeExport node) {
        int rank = node.rank(0);
        String places = switch (rank) {
            case 0 -> node.reshape(node.inLongs(0), 1, 1);
            case 1 -> node.unsqueeze(node.inLongs(0), List.of(1L));
            default -> node.inLongs(0);
        };
        String count = node.add("Slice", node.add("Shape", places), node.longs(0), node.longs(1));
        String values = node.add("Expand", node.in(2), count);
        String rest = node.add("Expand", node.in(3), node.inLongs(1));
        node.give(node.draft("ScatterND", rest, places, values));
    }
}
