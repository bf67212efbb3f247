package org.lsuv.tf.onnxexport.ops;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.lsuv.onnx.NodeDraft;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.Order;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/**
 * Converts the moves of blocks between space and batch. Around a convolution they are how TensorFlow 1 writes one
 * with dilations, and become that again.
 */
final class SpaceBatchOps {
    private SpaceBatchOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("SpaceToBatchND", SpaceBatchOps::toBatch);
        ops.add("BatchToSpaceND", SpaceBatchOps::toSpace);
    }

    /** Pads, then splits each spatial axis into steps and blocks, and moves the blocks in front. */
    private static void toBatch(NodeExport node) {
        long[] block = node.integers(1);
        long[] pads = node.integers(2);
        int rank = node.rank(0);
        List<Long> begins = new ArrayList<>(Collections.nCopies(2 * rank, 0L));
        for (int i = 0; i < block.length; i++) {
            begins.set(1 + i, pads[2 * i]);
            begins.set(rank + 1 + i, pads[2 * i + 1]);
        }
        String padded = node.add("Pad", node.in(0), node.longs(begins), node.scalar(0, 0));
        String sizes = node.add("Shape", padded);
        List<String> split = new ArrayList<>(List.of(part(node, sizes, 0)));
        List<String> merged = new ArrayList<>();
        String batch = part(node, sizes, 0);
        List<Integer> axes = new ArrayList<>();
        List<Integer> steps = new ArrayList<>();
        for (int i = 0; i < block.length; i++) {
            String size = node.add("Div", part(node, sizes, 1 + i), node.longs(new long[] {block[i]}));
            split.add(size);
            split.add(node.longs(new long[] {block[i]}));
            merged.add(size);
            steps.add(1 + 2 * i);
            axes.add(2 + 2 * i);
            batch = node.add("Mul", batch, node.longs(new long[] {block[i]}));
        }
        axes.add(0);
        axes.addAll(steps);
        for (int i = 1 + block.length; i < rank; i++) {
            split.add(part(node, sizes, i));
            merged.add(part(node, sizes, i));
            axes.add(i + block.length);
        }
        merged.add(0, batch);
        String turned = node.transpose(node.add("Reshape", padded, concat(node, split)), new Order(axes));
        node.give(node.draft("Reshape", turned, concat(node, merged)));
    }

    private static String part(NodeExport node, String sizes, int axis) {
        return node.add("Gather", sizes, node.longs(new long[] {axis}));
    }

    private static String concat(NodeExport node, List<String> parts) {
        return node.draft("Concat", parts.toArray(String[]::new))
                .with("axis", 0)
                .add();
    }

    private static void toSpace(NodeExport node) {
        if (!dilated(node)) {
            blocksToSpace(node);
        }
    }

    /** Undoes {@link #toBatch}, and cuts the borders off. */
    private static void blocksToSpace(NodeExport node) {
        long[] block = node.integers(1);
        long[] crops = node.integers(2);
        int rank = node.rank(0);
        String value = node.in(0);
        String sizes = node.add("Shape", value);
        List<String> split = new ArrayList<>();
        List<String> merged = new ArrayList<>();
        List<Integer> axes = new ArrayList<>(List.of(block.length));
        String batch = part(node, sizes, 0);
        for (int i = 0; i < block.length; i++) {
            split.add(node.longs(new long[] {block[i]}));
            batch = node.add("Div", batch, node.longs(new long[] {block[i]}));
            axes.add(block.length + 1 + i);
            axes.add(i);
        }
        split.add(batch);
        merged.add(batch);
        for (int i = 1; i < rank; i++) {
            String size = part(node, sizes, i);
            split.add(size);
            if (i <= block.length) {
                merged.add(node.add("Mul", size, node.longs(new long[] {block[i - 1]})));
            } else {
                merged.add(size);
                axes.add(block.length + i);
            }
        }
        String turned = node.transpose(node.add("Reshape", value, concat(node, split)), new Order(axes));
        String whole = node.add("Reshape", turned, concat(node, merged));
        List<Long> spatial = LongStream.rangeClosed(1, block.length).boxed().toList();
        List<Long> from = new ArrayList<>();
        List<Long> to = new ArrayList<>();
        for (int i = 0; i < block.length; i++) {
            from.add(crops[2 * i]);
            to.add(crops[2 * i + 1] == 0 ? Long.MAX_VALUE : -crops[2 * i + 1]);
        }
        node.give(node.draft("Slice", whole, node.longs(from), node.longs(to), node.longs(spatial)));
    }

    /** Writes a convolution between the two moves as one with dilations; tells whether there is one. */
    private static boolean dilated(NodeExport node) {
        NodeExport conv = node.producer(0);
        if (!Set.of("Conv2D", "DepthwiseConv2dNative").contains(conv.op())
                || !node.readsAlone(0)
                || !conv.text("padding").equals("VALID")
                || Windows.isChannelsFirst(conv)) {
            return false;
        }
        NodeExport move = conv.producer(0);
        Optional<OnnxTensor> block = node.constant(1);
        Optional<OnnxTensor> crops = node.constant(2);
        if (!move.op().equals("SpaceToBatchND")
                || block.isEmpty()
                || crops.isEmpty()
                || move.constant(2).isEmpty()) {
            return false;
        }
        List<Long> strides = conv.list("strides");
        boolean fits = LongStream.of(block.get().toLongs())
                        .boxed()
                        .toList()
                        .equals(move.constant(1)
                                .map(other ->
                                        LongStream.of(other.toLongs()).boxed().toList())
                                .orElse(List.of()))
                && block.get().elementCount() == 2
                && strides.stream().allMatch(stride -> stride == 1);
        long[] pads = move.constant(2).get().toLongs();
        long[] cuts = crops.get().toLongs();
        if (!fits || cuts[0] != 0 || cuts[2] != 0 || pads[1] < cuts[1] || pads[3] < cuts[3]) {
            return false;
        }
        Order order = Order.channelsFirst(4);
        List<Long> dilations = LongStream.of(block.get().toLongs()).boxed().toList();
        NodeDraft draft = conv.draft("Conv", move.in(0, order), ConvOps.kernel(conv))
                .withInts("kernel_shape", ConvOps.kernelSizes(conv, 1, 2))
                .withInts("dilations", dilations)
                .withInts("pads", List.of(pads[0], pads[2], pads[1] - cuts[1], pads[3] - cuts[3]))
                .with("group", ConvOps.groups(conv));
        node.give(0, draft, order);
        return true;
    }
}
