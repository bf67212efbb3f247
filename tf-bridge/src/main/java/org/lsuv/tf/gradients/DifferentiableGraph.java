package org.lsuv.tf.gradients;

import com.google.protobuf.ByteString;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.lsuv.tf.GraphRewrite;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.nodes.AttrValues;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Max;
import org.tensorflow.op.core.Sum;
import org.tensorflow.op.math.Mean;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * Rewrites what TensorFlow 2.18 crashes on, or has no gradient of, where it is asked for one from C: shapes are no
 * longer asserted, fused batch normalisations, logarithms of softmax and dilated convolutions are spelled out, indices
 * are 32-bit integers, and convolutions that pad each side by its own number, which their gradient forgets, read a
 * padded input.
 */
public final class DifferentiableGraph {
    private static final String SCOPE = "plain.";
    private static final Set<String> CONVOLUTIONS = Set.of("Conv2D", "DepthwiseConv2dNative");

    private DifferentiableGraph() {}

    /**
     * Returns a graph that computes the same, spelled so that its gradients can be asked for.
     *
     * @param graph any graph; names of what it computes stay, but for the moments that a batch normalisation returns
     */
    public static GraphDef of(GraphDef graph) {
        return NarrowIndices.applied(withoutAssertions(withPlainOperations(withPlainPadding(graph))));
    }

    private static GraphDef withoutAssertions(GraphDef graph) {
        GraphDef.Builder plain = graph.toBuilder();
        plain.getNodeBuilderList().stream()
                .filter(node -> node.getOp().equals("EnsureShape"))
                .forEach(node -> node.setOp("Identity").removeAttr("shape"));
        return plain.build();
    }

    private static GraphDef withPlainPadding(GraphDef graph) {
        GraphDef.Builder plain = graph.toBuilder();
        for (NodeDef.Builder node : List.copyOf(plain.getNodeBuilderList())) {
            boolean pads = CONVOLUTIONS.contains(node.getOp())
                    && node.getAttrOrThrow("padding").getS().toStringUtf8().equals("EXPLICIT");
            if (pads) {
                String pad = SCOPE + "pad." + node.getName();
                List<Long> sizes =
                        node.getAttrOrThrow("explicit_paddings").getList().getIList();
                TensorProto.Builder paddings = TensorProto.newBuilder()
                        .setTensorShape(TensorShapeProto.newBuilder()
                                .addDim(TensorShapeProto.Dim.newBuilder().setSize(sizes.size() / 2))
                                .addDim(TensorShapeProto.Dim.newBuilder().setSize(2)));
                sizes.forEach(size -> paddings.addIntVal(size.intValue()));
                plain.addNode(AttrValues.constant(pad + ".sizes", DataType.DT_INT32, paddings));
                plain.addNode(NodeDef.newBuilder()
                        .setName(pad)
                        .setOp("Pad")
                        .addInput(node.getInput(0))
                        .addInput(pad + ".sizes")
                        .putAttr("T", node.getAttrOrThrow("T"))
                        .putAttr("Tpaddings", AttrValues.of(DataType.DT_INT32)));
                node.setInput(0, pad)
                        .putAttr(
                                "padding",
                                AttrValue.newBuilder()
                                        .setS(ByteString.copyFromUtf8("VALID"))
                                        .build())
                        .removeAttr("explicit_paddings");
            }
        }
        return plain.build();
    }

    private static GraphDef withPlainOperations(GraphDef graph) {
        List<NodeDef> spelled = graph.getNodeList().stream()
                .filter(DifferentiableGraph::isSpelled)
                .toList();
        if (spelled.isEmpty()) {
            return graph;
        }
        try (GraphRewrite rewrite = new GraphRewrite(graph)) {
            Ops tf = rewrite.tf().withName(SCOPE);
            spelled.forEach(node -> rewrite.replace(node.getName(), plain(tf, rewrite, node)));
            return rewrite.finish();
        }
    }

    private static boolean isSpelled(NodeDef node) {
        return isFusedNormalization(node) || node.getOp().equals("LogSoftmax") || DilatedConvolution.is(node);
    }

    private static boolean isFusedNormalization(NodeDef node) {
        return node.getOp().startsWith("FusedBatchNorm") && !node.getOp().contains("Grad");
    }

    private static Operand<TFloating> plain(Ops tf, GraphRewrite rewrite, NodeDef node) {
        Operand<TFloating> x = input(rewrite, node, 0);
        return switch (node.getOp()) {
            case "LogSoftmax" -> logSoftmax(tf, x);
            case "Conv2D" -> DilatedConvolution.of(tf, x, input(rewrite, node, 1), node);
            default -> normalization(tf, rewrite, node);
        };
    }

    /** The greatest value is taken away, which changes nothing and keeps the powers finite. */
    private static Operand<TFloating> logSoftmax(Ops tf, Operand<TFloating> x) {
        Operand<TInt32> last = tf.constant(-1);
        Operand<TFloating> shifted = tf.math.sub(x, tf.stopGradient(tf.max(x, last, Max.keepDims(true))));
        return tf.math.sub(shifted, tf.math.log(tf.sum(tf.math.exp(shifted), last, Sum.keepDims(true))));
    }

    private static Operand<TFloating> normalization(Ops tf, GraphRewrite rewrite, NodeDef node) {
        Operand<TFloating> x = input(rewrite, node, 0);
        int rank = Math.max(4, x.shape().numDimensions());
        boolean last = node.getAttrOrThrow("data_format").getS().toStringUtf8().endsWith("C");
        int channels = last ? rank - 1 : 1;
        int[] others = IntStream.range(0, rank).filter(axis -> axis != channels).toArray();
        boolean trains = node.getAttrOrThrow("is_training").getB();
        Operand<TFloating> mean = trains
                ? tf.math.mean(x, tf.constant(others), Mean.keepDims(true))
                : along(tf, x, input(rewrite, node, 3), rank, channels);
        Operand<TFloating> variance = trains
                ? tf.math.mean(tf.math.squaredDifference(x, mean), tf.constant(others), Mean.keepDims(true))
                : along(tf, x, input(rewrite, node, 4), rank, channels);
        Operand<TFloating> epsilon = tf.dtypes.cast(
                tf.constant(node.getAttrOrThrow("epsilon").getF()), x.asOutput().type());
        Operand<TFloating> scale = tf.math.mul(
                along(tf, x, input(rewrite, node, 1), rank, channels), tf.math.rsqrt(tf.math.add(variance, epsilon)));
        Operand<TFloating> offset = along(tf, x, input(rewrite, node, 2), rank, channels);
        return tf.math.add(tf.math.mul(tf.math.sub(x, mean), scale), offset);
    }

    private static Operand<TFloating> along(
            Ops tf, Operand<TFloating> x, Operand<TFloating> parameter, int rank, int channels) {
        int[] shape = new int[rank];
        Arrays.fill(shape, 1);
        shape[channels] = -1;
        return tf.reshape(tf.dtypes.cast(parameter, x.asOutput().type()), tf.constant(shape));
    }

    @SuppressWarnings("unchecked") // These operations take floating-point numbers alone.
    private static Operand<TFloating> input(GraphRewrite rewrite, NodeDef node, int index) {
        return (Operand<TFloating>) (Operand<?>) rewrite.operand(TensorRef.parse(node.getInput(index)));
    }
}
