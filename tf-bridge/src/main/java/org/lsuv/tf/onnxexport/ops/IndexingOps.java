package org.lsuv.tf.onnxexport.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.lsuv.onnx.NodeDraft;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.TfOpRegistry;
import org.tensorflow.ndarray.Shape;

/** Converts operations that pick elements by their place, and put them there. */
final class IndexingOps {
    private IndexingOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("Gather", node -> node.give(node.draft("Gather", node.in(0), node.in(1))));
        ops.add("GatherV2", IndexingOps::gather);
        ops.add("GatherNd", node -> node.give(node.draft("GatherND", node.in(0), node.inLongs(1))));
        ops.add("ScatterNd", IndexingOps::scatterNd);
        ops.add("TensorScatterUpdate", node -> tensorScatter(node, "none"));
        ops.add("TensorScatterAdd", node -> tensorScatter(node, "add"));
        ops.add("TensorScatterSub", IndexingOps::tensorScatterSub);
        ops.add("TensorScatterMax", node -> tensorScatter(node, "max"));
        ops.add("TensorScatterMin", node -> tensorScatter(node, "min"));
        ops.add("OneHot", IndexingOps::oneHot);
        ops.add("Where", IndexingOps::where);
        ops.add("TopKV2", IndexingOps::top);
        ops.add("InvertPermutation", IndexingOps::invertPermutation);
    }

    private static void gather(NodeExport node) {
        int batch = (int) node.integer("batch_dims");
        long axis = node.integers(2)[0];
        if (batch == 0) {
            node.give(node.draft("Gather", node.in(0), node.in(1)).with("axis", axis));
            return;
        }
        int rank = node.rank(0);
        int own = Math.floorMod((int) axis, rank);
        int shared = Math.floorMod(batch, node.rank(1) + 1);
        if (own != shared) {
            throw node.unsupported("axis " + own + " with " + shared + " batch dimensions is not supported");
        }
        String places = node.unsqueeze(node.inLongs(1), List.of((long) node.rank(1)));
        node.give(node.draft("GatherND", node.in(0), places).with("batch_dims", shared));
    }

    /** Elements at one place are added up, which ONNX can say since opset 16. */
    private static void scatterNd(NodeExport node) {
        String zeros = node.add("Expand", node.scalar(1, 0), node.inLongs(2));
        NodeDraft draft = node.draft("ScatterND", zeros, node.inLongs(0), node.in(1));
        node.give(node.opset() >= 16 ? draft.withText("reduction", "add") : draft);
    }

    private static void tensorScatter(NodeExport node, String reduction) {
        tensorScatter(node, reduction, node.in(2));
    }

    private static void tensorScatterSub(NodeExport node) {
        tensorScatter(node, "add", node.add("Neg", node.in(2)));
    }

    private static void tensorScatter(NodeExport node, String reduction, String updates) {
        NodeDraft draft = node.draft("ScatterND", node.in(0), node.inLongs(1), updates);
        if (reduction.equals("none")) {
            node.give(draft);
            return;
        }
        long since = reduction.equals("add") ? 16 : 18;
        if (node.opset() < since) {
            throw node.unsupported("needs opset " + since + " or above");
        }
        node.give(draft.withText("reduction", reduction));
    }

    /** Written as a comparison: ONNX's OneHot counts negative places from the end, TensorFlow's ignores them. */
    private static void oneHot(NodeExport node) {
        int rank = node.rank(0);
        long axis = node.integer("axis");
        long at = axis < 0 ? rank : axis;
        String range = node.constant(1)
                .map(depth -> node.longs(LongStream.range(0, depth.toLongs()[0]).toArray()))
                .orElseGet(() -> node.add("Range", node.index(0), node.inLongs(1), node.index(1)));
        List<Long> behind = new ArrayList<>();
        for (long i = 1; i <= rank - at; i++) {
            behind.add(i);
        }
        String places = node.unsqueeze(node.inLongs(0), List.of(at));
        String equal = node.add("Equal", places, node.unsqueeze(range, behind));
        node.give(node.draft("Where", equal, node.in(2), node.in(3)));
    }

    private static void where(NodeExport node) {
        String places = node.add("NonZero", node.in(0));
        node.give(node.draft("Transpose", places).withInts("perm", List.of(1L, 0L)));
    }

    private static void top(NodeExport node) {
        String count = node.reshape(node.inLongs(1), 1);
        NodeDraft draft = node.draft("TopK", node.in(0), count)
                .with("axis", -1)
                .with("largest", 1)
                .with("sorted", 1);
        if (node.outType(1) == OnnxType.INT64) {
            node.giveAll(draft, java.util.Optional.empty());
            return;
        }
        String values = node.name(0);
        String places = node.name(1);
        draft.addAs(List.of(values, places));
        node.is(0, values);
        node.give(1, node.draft("Cast", places).with("to", node.outType(1).code()));
    }

    /** Puts i at place p(i): the places at which the numbers 0, 1, 2, … stand. */
    private static void invertPermutation(NodeExport node) {
        Shape shape = node.shape(0);
        if (shape.isUnknown() || shape.get(0) < 0) {
            throw node.unsupported("the number of elements is not known");
        }
        long[] numbers = LongStream.range(0, shape.get(0)).toArray();
        String places = node.unsqueeze(node.inLongs(0), List.of(1L));
        String values = node.store(OnnxTensor.ofIntegers("", node.type(0), new long[] {numbers.length}, numbers));
        node.give(node.draft("ScatterND", values, places, values));
    }
}
