package org.lsuv.tf.onnxexport.ops;

import java.util.List;
import org.lsuv.onnx.NodeDraft;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/** Converts operations that choose among boxes, or among equal elements, or among ranges of numbers. */
final class SelectionOps {
    private SelectionOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("NonMaxSuppression", SelectionOps::unpadded);
        ops.add("NonMaxSuppressionV2", SelectionOps::unpadded);
        ops.add("NonMaxSuppressionV3", SelectionOps::unpadded);
        ops.add("NonMaxSuppressionV4", SelectionOps::padded);
        ops.add("NonMaxSuppressionV5", SelectionOps::soft);
        ops.add("Unique", SelectionOps::unique);
        ops.add("UniqueV2", SelectionOps::unique);
        ops.add("UniqueWithCounts", SelectionOps::unique);
        ops.add("Bucketize", SelectionOps::bucketize);
    }

    private static void unpadded(NodeExport node) {
        node.give(node.draft("Cast", chosen(node)).with("to", OnnxType.INT32.code()));
    }

    /** Returns the places of the boxes that are left, of which ONNX gives each as (batch, class, box). */
    private static String chosen(NodeExport node) {
        String overlap = node.op().equals("NonMaxSuppression")
                ? node.store(OnnxTensor.ofFloats("", new long[] {1}, node.real("iou_threshold")))
                : threshold(node, 3);
        String boxes = node.unsqueeze(floats(node, 0), List.of(0L));
        String scores = node.unsqueeze(floats(node, 1), List.of(0L, 1L));
        String most = node.reshape(node.inLongs(2), 1);
        NodeDraft draft = node.inputs() > 4
                ? node.draft("NonMaxSuppression", boxes, scores, most, overlap, threshold(node, 4))
                : node.draft("NonMaxSuppression", boxes, scores, most, overlap);
        return node.draft("Gather", draft.add(), node.index(2)).with("axis", 1).add();
    }

    private static String threshold(NodeExport node, int input) {
        return node.reshape(floats(node, input), 1);
    }

    private static String floats(NodeExport node, int input) {
        return node.type(input) == OnnxType.FLOAT ? node.in(input) : node.cast(node.in(input), OnnxType.FLOAT);
    }

    private static void padded(NodeExport node) {
        String places = chosen(node);
        give(node, 0, 1, places, node.flag("pad_to_max_output_size"));
    }

    private static void soft(NodeExport node) {
        boolean hard =
                node.constant(5).filter(sigma -> sigma.toDoubles()[0] == 0).isPresent();
        if (!hard) {
            throw node.unsupported("scores that fade (soft_nms_sigma other than 0) are not supported");
        }
        String places = chosen(node);
        boolean pads = node.flag("pad_to_max_output_size");
        String scores = node.add("Gather", node.in(1), places);
        node.give(1, pads ? filled(node, scores, node.type(1)) : node.draft("Identity", scores));
        give(node, 0, 2, places, pads);
    }

    private static void give(NodeExport node, int output, int countOutput, String places, boolean pads) {
        String count = node.cast(node.add("Size", places), OnnxType.INT32);
        node.give(countOutput, node.draft("Identity", count));
        String numbers = node.cast(places, OnnxType.INT32);
        node.give(output, pads ? filled(node, numbers, OnnxType.INT32) : node.draft("Identity", numbers));
    }

    /** Puts zeros behind a row of values, up to the number of boxes that are asked for. */
    private static NodeDraft filled(NodeExport node, String values, OnnxType type) {
        String missing = node.add("Sub", node.reshape(node.inLongs(2), 1), node.add("Shape", values));
        String zeros = node.add("Expand", node.scalar(type, 0), missing);
        return node.draft("Concat", values, zeros).with("axis", 0);
    }

    private static void unique(NodeExport node) {
        if (node.op().equals("UniqueV2") && node.rank(0) != 1) {
            throw node.unsupported("only elements of one axis are supported");
        }
        OnnxType type = node.type(0);
        // ONNX Runtime has no kernel for narrower integers.
        boolean narrow = type != OnnxType.FLOAT && type != OnnxType.INT64 && type != OnnxType.DOUBLE;
        String elements = narrow ? node.cast(node.in(0), OnnxType.INT64) : node.in(0);
        String first = node.name(0);
        String places = node.name(1);
        String counts = node.name(2);
        node.draft("Unique", elements).with("sorted", 0).addAs(List.of(first, "", places, counts));
        node.give(0, narrow ? node.draft("Cast", first).with("to", type.code()) : node.draft("Identity", first));
        node.give(1, node.draft("Cast", places).with("to", node.outType(1).code()));
        if (node.outputs() > 2) {
            node.give(2, node.draft("Cast", counts).with("to", node.outType(2).code()));
        }
    }

    /** Counts the boundaries that are not above an element. */
    private static void bucketize(NodeExport node) {
        List<Float> all = node.reals("boundaries");
        double[] boundaries = all.stream().mapToDouble(Float::doubleValue).toArray();
        String limits =
                node.store(OnnxTensor.ofNumbers("", OnnxType.DOUBLE, new long[] {boundaries.length}, boundaries));
        String element = node.unsqueeze(node.cast(node.in(0), OnnxType.DOUBLE), List.of((long) node.rank(0)));
        String reached = node.cast(node.add("GreaterOrEqual", element, limits), OnnxType.INT32);
        node.give(node.draft("ReduceSum", reached, node.longs(node.rank(0))).with("keepdims", 0));
    }
}
