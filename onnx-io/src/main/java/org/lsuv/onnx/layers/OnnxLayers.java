package org.lsuv.onnx.layers;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;

/**
 * Lists the layers of a graph that have weights, and its batch normalisations.
 *
 * @param layers the weighted layers in execution order
 * @param batchNorms the batch normalisations in inference form whose statistics are stored
 * @param skipped the weights that stay as they are, with the reason
 */
public record OnnxLayers(List<OnnxLayer> layers, List<OnnxBatchNorm> batchNorms, List<SkippedWeight> skipped) {
    public OnnxLayers {
        layers = List.copyOf(layers);
        batchNorms = List.copyOf(batchNorms);
        skipped = List.copyOf(skipped);
    }

    /** Finds the layers of a graph. */
    public static OnnxLayers find(OnnxGraph graph) {
        return new Finder(graph).find();
    }

    /** Returns the names of all stored tensors that initialisation may change. */
    public Set<String> trainable() {
        Set<String> names = new HashSet<>();
        for (OnnxLayer layer : layers) {
            names.add(layer.weight().source());
            layer.bias().ifPresent(bias -> names.add(bias.path().source()));
        }
        for (OnnxBatchNorm norm : batchNorms) {
            names.add(norm.mean());
            names.add(norm.variance());
        }
        return names;
    }

    private static final class Finder {
        private final OnnxGraph graph;
        private final WeightTracer tracer;
        private final InnerWeights inner;
        private final List<SkippedWeight> skipped = new ArrayList<>();
        private final List<OnnxLayer> layers = new ArrayList<>();
        private final List<OnnxBatchNorm> norms = new ArrayList<>();

        Finder(OnnxGraph graph) {
            this.graph = graph;
            this.tracer = new WeightTracer(graph);
            this.inner = InnerWeights.of(graph);
        }

        OnnxLayers find() {
            for (OnnxNode node : graph.nodes()) {
                if (!node.domain().isEmpty()) {
                    continue;
                }
                switch (node.opType()) {
                    case "Conv", "ConvTranspose" -> convolution(node);
                    case "Gemm" -> gemm(node);
                    case "MatMul" -> matMul(node);
                    case "BatchNormalization" -> batchNorm(node);
                    default -> {
                        // Has no weight that LSUV scales.
                    }
                }
            }
            skipped.addAll(inner.skipped());
            return new OnnxLayers(layers, norms, skipped);
        }

        private void convolution(OnnxNode node) {
            Optional<WeightPath> weight = tracer.trace(node.input(1));
            if (weight.isEmpty() || tracer.trace(node.input(0)).isPresent()) {
                return;
            }
            List<Long> shape = weight.get().operandShape();
            long groups = node.attributes().intOr("group", 1);
            if (shape.size() < 3 || groups < 1 || shape.get(0) % groups != 0) {
                return;
            }
            KernelLayout kernel = node.is("Conv")
                    ? KernelLayout.convolution(shape, groups)
                    : KernelLayout.transposedConvolution(shape, groups);
            if (node.input(2).isEmpty()) {
                addWithFollowingBias(node, weight.get(), kernel, 1);
            } else {
                add(node, weight.get(), kernel, ownBias(node, 1, OnnxLayer.Broadcast.CHANNELS), node.output(0));
            }
        }

        private void gemm(OnnxNode node) {
            Optional<WeightPath> left = tracer.trace(node.input(0));
            Optional<WeightPath> right = tracer.trace(node.input(1));
            if (left.isPresent() == right.isPresent()) {
                return;
            }
            boolean outFirst = right.isPresent()
                    ? node.attributes().flag("transB")
                    : !node.attributes().flag("transA");
            WeightPath weight = right.or(() -> left).orElseThrow();
            if (weight.operandShape().size() != 2) {
                return;
            }
            KernelLayout kernel = KernelLayout.matrix(weight.operandShape(), outFirst);
            if (node.input(2).isEmpty()) {
                addWithFollowingBias(node, weight, kernel, right.isPresent() ? -1 : -2);
            } else {
                float beta = node.attributes().floatOr("beta", 1);
                add(node, weight, kernel, ownBias(node, beta, OnnxLayer.Broadcast.TRAILING), node.output(0));
            }
        }

        private void matMul(OnnxNode node) {
            Optional<WeightPath> left = tracer.trace(node.input(0));
            Optional<WeightPath> right = tracer.trace(node.input(1));
            if (left.isPresent() == right.isPresent()) {
                return;
            }
            WeightPath weight = right.or(() -> left).orElseThrow();
            if (weight.operandShape().size() < 2) {
                return;
            }
            boolean outFirst = left.isPresent();
            addWithFollowingBias(
                    node, weight, KernelLayout.matrix(weight.operandShape(), outFirst), outFirst ? -2 : -1);
        }

        /** Takes an {@code Add} of one value per channel, if that is all that reads the product. */
        private void addWithFollowingBias(OnnxNode node, WeightPath weight, KernelLayout kernel, int channelAxis) {
            String product = node.output(0);
            List<OnnxNode> readers = graph.consumers(product);
            if (readers.size() == 1 && isAlignedAdd(readers.get(0)) && !graph.isOutput(product)) {
                OnnxNode add = readers.get(0);
                String other = add.input(0).equals(product) ? add.input(1) : add.input(0);
                Optional<WeightPath> bias = tracer.trace(other);
                int rank = weight.operandShape().size();
                if (bias.isPresent() && isPerChannel(bias.get().operandShape(), kernel.channels(), channelAxis, rank)) {
                    add(
                            node,
                            weight,
                            kernel,
                            bias.map(path -> new OnnxLayer.Bias(path, 1, OnnxLayer.Broadcast.TRAILING)),
                            add.output(0));
                    return;
                }
            }
            add(node, weight, kernel, Optional.empty(), product);
        }

        /** Before version 7 an attribute could align what is added with other axes than the last. */
        private static boolean isAlignedAdd(OnnxNode node) {
            return node.is("Add") && !node.attributes().has("axis");
        }

        /** A positional embedding is added like a bias, but differs along more axes than the channels. */
        private static boolean isPerChannel(List<Long> shape, long channels, int channelAxis, int rank) {
            int fromEnd = channelAxis < 0 ? -channelAxis : rank - channelAxis;
            if (shape.size() < fromEnd || shape.get(shape.size() - fromEnd) != channels) {
                return false;
            }
            return shape.stream().reduce(1L, (a, b) -> a * b) == channels;
        }

        private Optional<OnnxLayer.Bias> ownBias(OnnxNode node, float factor, OnnxLayer.Broadcast broadcast) {
            return tracer.trace(node.input(2)).map(path -> new OnnxLayer.Bias(path, factor, broadcast));
        }

        private void add(
                OnnxNode node, WeightPath weight, KernelLayout kernel, Optional<OnnxLayer.Bias> bias, String output) {
            if (weight.storedShape().contains(0L)) {
                return;
            }
            Optional<OnnxNode> holder = inner.reader(weight.source())
                    .or(() -> bias.flatMap(own -> inner.reader(own.path().source())));
            if (holder.isPresent()) {
                // Another value of it would change what the body computes, unseen.
                skipped.add(new SkippedWeight(weight.source(), nameOf(node), InnerWeights.reason(holder.get())));
                return;
            }
            layers.add(new OnnxLayer(layers.size(), nameOf(node), node, weight, kernel, bias, output));
        }

        private static String nameOf(OnnxNode node) {
            return node.name().isEmpty() ? node.output(0) : node.name();
        }

        private void batchNorm(OnnxNode node) {
            boolean training = node.attributes().flag("training_mode")
                    || node.outputs().stream().filter(name -> !name.isEmpty()).count() > 1;
            if (training) {
                return;
            }
            Optional<String> mean = ownStored(node, 3);
            Optional<String> variance = ownStored(node, 4);
            if (mean.isPresent() && variance.isPresent()) {
                norms.add(new OnnxBatchNorm(nameOf(node), node, mean.get(), variance.get()));
            }
        }

        /** Statistics that something else reads, too, cannot be set for one normalisation alone. */
        private Optional<String> ownStored(OnnxNode node, int input) {
            String value = node.input(input);
            if (Collections.frequency(node.inputs(), value) > 1) {
                return Optional.empty();
            }
            return tracer.trace(value)
                    .filter(path -> path.steps().isEmpty() && path.source().equals(value))
                    .map(WeightPath::source)
                    .filter(source -> graph.consumers(source).size() == 1 && !graph.isOutput(source));
        }
    }
}
