package org.lsuv.tf.onnxexport.ops;

import java.util.ArrayList;
import java.util.List;
import org.lsuv.onnx.NodeDraft;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.Order;
import org.tensorflow.ndarray.Shape;

/**
 * Describes how a window moves over the spatial axes of an operand.
 *
 * @param first the first spatial axis: 1 with channels last, 2 with channels first
 * @param sizes the window along each spatial axis
 * @param strides its steps
 * @param dilations the distances inside of it
 */
record Windows(int first, List<Long> sizes, List<Long> strides, List<Long> dilations) {

    /** Reads the attributes of an operation, with a window of these sizes. */
    static Windows of(NodeExport node, List<Long> sizes) {
        int first = isChannelsFirst(node) ? 2 : 1;
        int rank = sizes.size();
        List<Long> strides = spatial(node.list("strides"), first, rank);
        List<Long> dilations = spatial(node.list("dilations"), first, rank);
        return new Windows(first, sizes, strides, dilations);
    }

    static boolean isChannelsFirst(NodeExport node) {
        return node.text("data_format").startsWith("NC");
    }

    private static List<Long> spatial(List<Long> all, int first, int rank) {
        return all.isEmpty() ? java.util.Collections.nCopies(rank, 1L) : all.subList(first, first + rank);
    }

    /** Returns the order that an operand or result of the operation must have in ONNX. */
    Order channelsFirst() {
        int rank = sizes.size() + 2;
        return first == 2 ? Order.identity(rank) : Order.channelsFirst(rank);
    }

    int rank() {
        return sizes.size();
    }

    /** Returns the reach of a window along an axis. */
    long extent(int axis) {
        return (sizes.get(axis) - 1) * dilations.get(axis) + 1;
    }

    /** Adds the attributes that say how an operand is padded at its borders. */
    NodeDraft pad(NodeExport node, NodeDraft draft, Shape input) {
        switch (node.text("padding")) {
            case "VALID" -> {
                return draft;
            }
            case "EXPLICIT" -> {
                return draft.withInts("pads", explicit(node.list("explicit_paddings")));
            }
            default -> {
                List<Long> begins = new ArrayList<>();
                List<Long> ends = new ArrayList<>();
                for (int i = 0; i < rank(); i++) {
                    long size = input.isUnknown() ? Shape.UNKNOWN_SIZE : input.get(first + i);
                    if (size < 0 && strides.get(i) != 1) {
                        return draft.withText("auto_pad", "SAME_UPPER");
                    }
                    long total = size < 0 ? extent(i) - 1 : total(i, size);
                    begins.add(total / 2);
                    ends.add(total - total / 2);
                }
                begins.addAll(ends);
                return draft.withInts("pads", begins);
            }
        }
    }

    /** Returns all begins, then all ends, of the spatial axes. */
    List<Long> explicit(List<Long> pairs) {
        List<Long> pads = new ArrayList<>();
        for (int side = 0; side < 2; side++) {
            for (int i = 0; i < rank(); i++) {
                pads.add(pairs.get(2 * (first + i) + side));
            }
        }
        return pads;
    }

    /** Returns how much SAME pads: so that every step of the stride has a window. */
    private long total(int axis, long size) {
        long stride = strides.get(axis);
        long steps = (size + stride - 1) / stride;
        return Math.max(0, (steps - 1) * stride + extent(axis) - size);
    }
}
