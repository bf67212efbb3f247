package org.lsuv.tf.onnxexport.ops;

import java.util.List;
import java.util.stream.LongStream;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/**
 * Converts functional control flow, and the lists of tensors that loops fill and read: a list is one tensor with an
 * axis in front.
 */
final class ControlFlowOps {
    private ControlFlowOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("While", NodeExport::loop);
        ops.add("StatelessWhile", NodeExport::loop);
        ops.add("If", NodeExport::choice);
        ops.add("StatelessIf", NodeExport::choice);
        ops.add("TensorListFromTensor", node -> node.is(0, node.in(0)));
        ops.add("TensorListStack", node -> node.is(0, node.in(0)));
        ops.add("TensorListGetItem", node -> node.give(node.draft("Gather", node.in(0), node.in(1))));
        ops.add("TensorListSetItem", ControlFlowOps::setItem);
        ops.add("TensorListReserve", ControlFlowOps::reserve);
        ops.add("EmptyTensorList", node -> node.nothing(0, "a list without elements is no tensor"));
        ops.add("TensorListPushBack", ControlFlowOps::pushBack);
        ops.add("TensorListPopBack", ControlFlowOps::popBack);
        ops.add("TensorListGather", node -> node.give(node.draft("Gather", node.in(0), node.in(1))));
        ops.add("TensorListScatterIntoExistingList", ControlFlowOps::scatter);
        ops.add("TensorListLength", ControlFlowOps::length);
        ops.add("TensorListConcat", ControlFlowOps::concat);
        ops.add("TensorListConcatV2", ControlFlowOps::concat);
        ops.add("TensorListSplit", ControlFlowOps::split);
        ops.add("InplaceUpdate", ControlFlowOps::inplaceUpdate);
        ops.add("Empty", node -> node.give(node.draft("Expand", node.scalar(node.outType(0), 0), node.inLongs(0))));
    }

    private static void setItem(NodeExport node) {
        String place = node.reshape(node.inLongs(1), 1, 1);
        node.give(node.draft("ScatterND", node.in(0), place, node.unsqueeze(node.in(2), List.of(0L))));
    }

    private static void pushBack(NodeExport node) {
        String element = node.unsqueeze(node.in(1), List.of(0L));
        node.give(
                node.producer(0).op().equals("EmptyTensorList")
                        ? node.draft("Identity", element)
                        : node.draft("Concat", node.in(0), element).with("axis", 0));
    }

    private static void popBack(NodeExport node) {
        node.give(0, node.draft("Slice", node.in(0), node.longs(0), node.longs(-1)));
        node.give(1, node.draft("Gather", node.in(0), node.index(-1)));
    }

    private static void scatter(NodeExport node) {
        String places = node.unsqueeze(node.inLongs(2), List.of(1L));
        node.give(node.draft("ScatterND", node.in(0), places, node.in(1)));
    }

    private static void inplaceUpdate(NodeExport node) {
        String places = node.unsqueeze(node.inLongs(1), List.of(1L));
        node.give(node.draft("ScatterND", node.in(0), places, node.in(2)));
    }

    /** A loop that fills a list whose elements have an open shape writes it without this. */
    private static void reserve(NodeExport node) {
        long[] element = node.sizes(0).orElse(new long[] {-1});
        for (long size : element) {
            if (size < 0) {
                node.nothing(0, "the shape of the elements is not known");
                return;
            }
        }
        OnnxType type = node.typeAttribute("element_dtype");
        String count = node.reshape(node.inLongs(1), 1);
        String shape =
                node.draft("Concat", count, node.longs(element)).with("axis", 0).add();
        node.give(node.draft("Expand", node.scalar(type, 0), shape));
    }

    private static void length(NodeExport node) {
        String first = node.add("Gather", node.add("Shape", node.in(0)), node.index(0));
        node.give(node.draft("Cast", first).with("to", node.outType(0).code()));
    }

    /** All elements have one shape, as everywhere in lists that are tensors. */
    private static void concat(NodeExport node) {
        String shape = node.add("Shape", node.in(0));
        String rest = node.add("Slice", shape, node.longs(2), node.longs(Integer.MAX_VALUE));
        String joined =
                node.draft("Concat", node.longs(-1), rest).with("axis", 0).add();
        node.give(0, node.draft("Reshape", node.in(0), joined));
        String count = node.add("Slice", shape, node.longs(0), node.longs(1));
        node.give(1, node.draft("Expand", node.add("Gather", shape, node.index(1)), count));
    }

    private static void split(NodeExport node) {
        long[] lengths = node.integers(2);
        if (LongStream.of(lengths).distinct().count() != 1) {
            throw node.unsupported("elements of different lengths are not supported: a list is one tensor");
        }
        String rest = node.add("Slice", node.add("Shape", node.in(0)), node.longs(1), node.longs(Integer.MAX_VALUE));
        String shape = node.draft("Concat", node.longs(lengths.length, lengths[0]), rest)
                .with("axis", 0)
                .add();
        node.give(node.draft("Reshape", node.in(0), shape));
    }
}
