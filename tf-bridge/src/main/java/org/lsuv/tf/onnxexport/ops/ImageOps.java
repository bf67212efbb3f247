package org.lsuv.tf.onnxexport.ops;

import org.lsuv.onnx.NodeDraft;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.Order;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/** Converts operations that change the size of images. */
final class ImageOps {
    private static final Order CHANNELS_FIRST = Order.channelsFirst(4);

    private ImageOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("ResizeBilinear", node -> resize(node, "linear"));
        ops.add("ResizeNearestNeighbor", node -> resize(node, "nearest"));
        ops.add("ResizeBicubic", node -> resize(node, "cubic"));
        ops.add("DepthToSpace", ImageOps::depthToSpace);
        ops.add("SpaceToDepth", ImageOps::spaceToDepth);
    }

    private static void resize(NodeExport node, String mode) {
        boolean corners = node.flag("align_corners");
        boolean half = node.flag("half_pixel_centers");
        String image = node.in(0, CHANNELS_FIRST);
        if (node.type(0) != OnnxType.FLOAT && !mode.equals("nearest")) {
            image = node.cast(image, OnnxType.FLOAT);
        }
        // Since opset 18 sizes may come with the axes they are for, which ONNX Runtime refuses for some networks.
        String outer = node.add("Slice", node.add("Shape", image), node.longs(0L), node.longs(2L));
        String sizes =
                node.draft("Concat", outer, node.inLongs(1)).with("axis", 0).add();
        NodeDraft draft = node.draft("Resize", image, "", "", sizes);
        draft.withText("mode", mode)
                .withText(
                        "coordinate_transformation_mode",
                        corners ? "align_corners" : half ? "half_pixel" : "asymmetric");
        if (mode.equals("nearest")) {
            // With half pixels TensorFlow takes ⌊(i + ½)·scale⌋: the nearest of (i + ½)·scale − ½, ties upwards.
            draft.withText("nearest_mode", corners || half ? "round_prefer_ceil" : "floor");
        }
        if (mode.equals("cubic")) {
            // Keys' kernel with half pixels, and its borders renormalised; else the older one. TensorFlow reads either
            // from a table, for places rounded to 1/1024: values differ by about 1e-4 where a place lies between.
            draft.withFloat("cubic_coeff_a", half ? -0.5 : -0.75).with("exclude_outside", half ? 1 : 0);
        }
        node.give(0, draft, CHANNELS_FIRST);
    }

    private static Order order(NodeExport node) {
        String format = node.text("data_format");
        if (format.equals("NCHW_VECT_C")) {
            throw node.unsupported("data format " + format + " is not supported");
        }
        return format.equals("NCHW") ? Order.identity(4) : CHANNELS_FIRST;
    }

    private static void depthToSpace(NodeExport node) {
        Order order = order(node);
        node.give(
                0,
                node.draft("DepthToSpace", node.in(0, order))
                        .with("blocksize", node.integer("block_size"))
                        .withText("mode", "DCR"),
                order);
    }

    private static void spaceToDepth(NodeExport node) {
        Order order = order(node);
        node.give(
                0, node.draft("SpaceToDepth", node.in(0, order)).with("blocksize", node.integer("block_size")), order);
    }
}
