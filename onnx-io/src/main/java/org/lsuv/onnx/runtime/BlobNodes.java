package org.lsuv.onnx.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lsuv.onnx.ModelExtension;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.layers.OnnxLayer;

/**
 * Computes the blobs that no value of a graph holds, under the names of the layers' outputs: nodes of plain
 * operators, appended to a copy of the graph, that read what the layer's own node reads.
 */
final class BlobNodes {
    private static final List<String> WINDOW =
            List.of("auto_pad", "dilations", "group", "kernel_shape", "pads", "strides");

    private final ModelExtension graph;
    private final OnnxLayer layer;
    private final OnnxNode node;

    private BlobNodes(ModelExtension graph, OnnxLayer layer) {
        this.graph = graph;
        this.layer = layer;
        this.node = layer.node();
    }

    /** Returns a copy of a model with the blobs of these layers; the model itself where it has them all. */
    static OnnxModel append(OnnxModel model, List<OnnxLayer> layers) {
        ModelExtension graph = ModelExtension.of(model);
        List<OnnxLayer> inner =
                layers.stream().filter(layer -> layer.inner().isPresent()).toList();
        inner.forEach(layer -> new BlobNodes(graph, layer).append());
        return inner.isEmpty() ? model : graph.whole();
    }

    private void append() {
        switch (node.opType()) {
            case "RNN", "GRU", "LSTM" -> gates();
            case "FusedConv" -> give("Identity", convolution(node.input(0)));
            case "NhwcFusedConv" -> channelsLastConvolution();
            case "FusedGemm" ->
                graph.node("Gemm", node.inputs().toArray(String[]::new))
                        .withAttributesOf(node, List.of("alpha", "beta", "transA", "transB"))
                        .addAs(List.of(layer.output()));
            case "GemmFastGelu", "Attention" -> product();
            default -> throw new IllegalStateException("no nodes for the blob of " + node.describe());
        }
    }

    private void give(String operator, String... inputs) {
        graph.node(operator, inputs).addAs(List.of(layer.output()));
    }

    private String convolution(String x) {
        List<String> inputs =
                node.input(2).isEmpty() ? List.of(x, node.input(1)) : List.of(x, node.input(1), node.input(2));
        return graph.node("Conv", inputs.toArray(String[]::new))
                .withAttributesOf(node, WINDOW)
                .add();
    }

    private void channelsLastConvolution() {
        int rank = layer.weight().operandShape().size();
        List<Long> first = new ArrayList<>(List.of(0L, rank - 1L));
        List<Long> last = new ArrayList<>(List.of(0L));
        for (long axis = 1; axis < rank - 1; axis++) {
            first.add(axis);
            last.add(axis + 1);
        }
        last.add(1L);
        String x =
                graph.node("Transpose", node.input(0)).withInts("perm", first).add();
        graph.node("Transpose", convolution(x)).withInts("perm", last).addAs(List.of(layer.output()));
    }

    private void product() {
        if (node.input(2).isEmpty()) {
            give("MatMul", node.input(0), node.input(1));
        } else {
            give("Add", graph.node("MatMul", node.input(0), node.input(1)).add(), node.input(2));
        }
    }

    /** X·Wᵀ of all directions side by side, plus the biases that only add to it. */
    private void gates() {
        long inputs = layer.kernel().fanIn();
        String matrix = graph.node("Reshape", node.input(1), shape(-1, inputs)).add();
        String gates = graph.node(
                        "MatMul", node.input(0), graph.node("Transpose", matrix).add())
                .add();
        if (!node.input(3).isEmpty()) {
            gates = graph.node("Add", gates, bias()).add();
        }
        if (node.input(4).isEmpty()) {
            give("Identity", gates);
        } else {
            long channels = layer.kernel().channels();
            graph.node(
                            "Compress",
                            graph.node("Reshape", gates, shape(-1, channels)).add(),
                            active())
                    .with("axis", 0)
                    .addAs(List.of(layer.output()));
        }
    }

    private String bias() {
        long channels = layer.kernel().channels();
        long directions = layer.kernel().view().get(0);
        String both = graph.node("Reshape", node.input(3), shape(directions, 2, channels / directions))
                .add();
        String input = graph.node("Gather", both, index(0)).with("axis", 1).add();
        String recurrent = graph.node("Gather", both, index(1)).with("axis", 1).add();
        if (node.is("GRU") && node.attributes().flag("linear_before_reset")) {
            recurrent = graph.node("Mul", recurrent, allButTheHiddenGate()).add();
        }
        return graph.node("Reshape", graph.node("Add", input, recurrent).add(), shape(channels))
                .add();
    }

    /** The reset gate multiplies the recurrent bias of the hidden gate. */
    private String allButTheHiddenGate() {
        int hidden = Math.toIntExact(layer.kernel().fanOut());
        double[] factors = new double[3 * hidden];
        Arrays.fill(factors, 0, 2 * hidden, 1);
        return graph.constant(OnnxTensor.ofDoubles("", layer.weight().type(), new long[] {factors.length}, factors));
    }

    /** Tells of each row of all steps whether it lies within its sequence's length. */
    private String active() {
        if (graph.opset("") < 9) {
            throw new UnsupportedModelException(node.describe()
                    + ": steps outside of sequence_lens cannot be told apart before operator set 9; convert the model"
                    + " to a later one");
        }
        boolean batchFirst = node.attributes().intOr("layout", 0) == 1;
        String steps = graph.node("Gather", graph.node("Shape", node.input(0)).add(), index(batchFirst ? 1 : 0))
                .add();
        String ones = graph.node(
                        "ConstantOfShape",
                        graph.node("Reshape", steps, shape(1)).add())
                .withTensor("value", OnnxTensor.ofLongs("", new long[] {1}, 1))
                .add();
        String counted = graph.node("NonZero", ones).add();
        String step = graph.node("Reshape", counted, batchFirst ? shape(1, -1) : shape(-1, 1))
                .add();
        String wide = graph.node("Cast", node.input(4))
                .with("to", OnnxType.INT64.code())
                .add();
        String length = graph.node("Reshape", wide, batchFirst ? shape(-1, 1) : shape(1, -1))
                .add();
        return graph.node("Reshape", graph.node("Less", step, length).add(), shape(-1))
                .add();
    }

    private String index(long index) {
        return graph.constant(OnnxTensor.ofLongs("", new long[0], index));
    }

    private String shape(long... sizes) {
        return graph.constant(OnnxTensor.ofLongs("", new long[] {sizes.length}, sizes));
    }
}
