package org.lsuv.onnx.layers;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;

/**
 * Lists the layers of a graph that have weights, and its batch normalisations.
 *
 * @param layers the weighted layers in execution order
 * @param batchNorms the batch normalisations in inference form whose statistics are stored
 * @param notInitialised the stored tensors that look like weights, but are none of any layer's
 */
public record OnnxLayers(List<OnnxLayer> layers, List<OnnxBatchNorm> batchNorms, List<NotInitialised> notInitialised) {
    public OnnxLayers {
        layers = List.copyOf(layers);
        batchNorms = List.copyOf(batchNorms);
        notInitialised = List.copyOf(notInitialised);
    }

    /** Finds the layers of a graph. */
    public static OnnxLayers find(OnnxGraph graph) {
        return new Finder(graph).find();
    }

    /** Returns the names of all stored tensors that initialisation may change. */
    public Set<String> trainable() {
        return trainable(layers, batchNorms);
    }

    private static Set<String> trainable(List<OnnxLayer> layers, List<OnnxBatchNorm> batchNorms) {
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
        private final InputDependence dependence;
        private final PackedBlocks packed;
        private final InnerWeights inner;
        private final List<OnnxLayer> layers = new ArrayList<>();
        private final List<OnnxBatchNorm> norms = new ArrayList<>();

        Finder(OnnxGraph graph) {
            this.graph = graph;
            this.tracer = new WeightTracer(graph);
            this.dependence = new InputDependence(graph);
            this.packed = new PackedBlocks(graph);
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
                    case "Einsum" -> einsum(node);
                    case "BatchNormalization" -> batchNorm(node);
                    default -> {
                        // Has no weight that LSUV scales.
                    }
                }
            }
            return new OnnxLayers(
                    layers, norms, RemainingWeights.of(graph, trainable(layers, norms), inner.reasons(), dependence));
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
                addWithFollowingBias(
                        node,
                        weight.get(),
                        kernel,
                        BiasShape.ofConvolution(shape, kernel.channels()),
                        OptionalInt.of(1));
            } else {
                add(
                        node,
                        weight.get(),
                        kernel,
                        ownBias(node, 1, OnnxLayer.Broadcast.CHANNELS),
                        node.output(0),
                        OptionalInt.of(1));
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
            OptionalInt axis = OptionalInt.of(left.isPresent() ? -2 : -1);
            if (node.input(2).isEmpty()) {
                BiasShape bias = BiasShape.ofProduct(kernel.view(), kernel.channels(), left.isPresent());
                addWithFollowingBias(node, weight, kernel, bias, axis);
            } else {
                float beta = node.attributes().floatOr("beta", 1);
                add(node, weight, kernel, ownBias(node, beta, OnnxLayer.Broadcast.TRAILING), node.output(0), axis);
            }
        }

        private void matMul(OnnxNode node) {
            Optional<WeightPath> left = tracer.trace(node.input(0));
            Optional<WeightPath> right = tracer.trace(node.input(1));
            if (left.isPresent() == right.isPresent()) {
                return;
            }
            WeightPath weight = right.or(() -> left).orElseThrow();
            List<Long> shape = weight.operandShape();
            if (shape.size() == 1 && dependence.reaches(node)) {
                add(node, weight, KernelLayout.vector(shape), Optional.empty(), node.output(0), OptionalInt.empty());
            } else if (shape.size() > 1) {
                KernelLayout kernel = KernelLayout.matrix(shape, left.isPresent());
                BiasShape bias = BiasShape.ofProduct(shape, kernel.channels(), left.isPresent());
                // With a matrix for each row of a batch, a channel has several kernels.
                OptionalInt axis = shape.size() == 2 ? OptionalInt.of(left.isPresent() ? -2 : -1) : OptionalInt.empty();
                addWithFollowingBias(node, weight, kernel, bias, axis);
            }
        }

        private void einsum(OnnxNode node) {
            List<Optional<WeightPath>> operands =
                    node.inputs().stream().map(tracer::trace).toList();
            List<Integer> stored = IntStream.range(0, operands.size())
                    .filter(i -> operands.get(i).isPresent())
                    .boxed()
                    .toList();
            if (stored.size() != 1 || operands.size() == 1) {
                return;
            }
            WeightPath weight = operands.get(stored.get(0)).orElseThrow();
            EinsumWeight.of(node, stored.get(0), weight.operandShape())
                    .ifPresent(found -> found.bias()
                            .ifPresentOrElse(
                                    bias -> addWithFollowingBias(
                                            node, weight, found.kernel(), bias, found.channelAxis()),
                                    () -> add(
                                            node,
                                            weight,
                                            found.kernel(),
                                            Optional.empty(),
                                            node.output(0),
                                            found.channelAxis())));
        }

        /** Takes an {@code Add} of a bias, if that is all that reads the product. */
        private void addWithFollowingBias(
                OnnxNode node, WeightPath weight, KernelLayout kernel, BiasShape biasShape, OptionalInt axis) {
            String product = node.output(0);
            List<OnnxNode> readers = graph.consumers(product);
            if (readers.size() == 1 && isAlignedAdd(readers.get(0)) && !graph.isOutput(product)) {
                OnnxNode add = readers.get(0);
                String other = add.input(0).equals(product) ? add.input(1) : add.input(0);
                Optional<WeightPath> bias = tracer.trace(other);
                if (bias.isPresent() && biasShape.fits(bias.get().operandShape())) {
                    add(
                            node,
                            weight,
                            kernel,
                            bias.map(path -> new OnnxLayer.Bias(path, 1, OnnxLayer.Broadcast.TRAILING)),
                            add.output(0),
                            axis);
                    return;
                }
            }
            add(node, weight, kernel, Optional.empty(), product, axis);
        }

        /** Before version 7 an attribute could align what is added with other axes than the last. */
        private static boolean isAlignedAdd(OnnxNode node) {
            return node.is("Add") && !node.attributes().has("axis");
        }

        private Optional<OnnxLayer.Bias> ownBias(OnnxNode node, float factor, OnnxLayer.Broadcast broadcast) {
            return tracer.trace(node.input(2)).map(path -> new OnnxLayer.Bias(path, factor, broadcast));
        }

        private void add(
                OnnxNode node,
                WeightPath weight,
                KernelLayout kernel,
                Optional<OnnxLayer.Bias> bias,
                String output,
                OptionalInt axis) {
            if (weight.storedShape().contains(0L) || isPartOfAWeight(node)) {
                return;
            }
            if (inner.isRead(weight.source())
                    || bias.filter(own -> inner.isRead(own.path().source())).isPresent()) {
                // Another value of it would change what the body computes, unseen.
                return;
            }
            OutputChannels channels = channels(output, kernel, axis);
            KernelLayout layout =
                    channels.areEven() ? kernel.split(channels.blocks().size()).orElse(kernel) : kernel;
            layers.add(new OnnxLayer(
                    layers.size(),
                    nameOf(node),
                    node,
                    weight,
                    channels.arePacked() ? layout : kernel,
                    bias,
                    output,
                    channels,
                    NonLinearity.behind(graph, output)));
        }

        private OutputChannels channels(String output, KernelLayout kernel, OptionalInt axis) {
            List<OutputChannels.Block> blocks =
                    axis.isPresent() ? packed.of(output, axis.getAsInt(), kernel.channels()) : List.of();
            return blocks.isEmpty()
                    ? OutputChannels.together(axis, kernel.channels())
                    : new OutputChannels(axis, blocks);
        }

        /** A product of parameters alone may be a weight itself: measured as a blob, it would be far too large. */
        private boolean isPartOfAWeight(OnnxNode node) {
            return !dependence.reaches(node)
                    && dependence
                            .meeting(node.output(0))
                            .filter(meeting -> meeting.position() == 1
                                    && Set.of("Conv", "ConvTranspose", "Gemm", "MatMul")
                                            .contains(meeting.node().opType()))
                            .isPresent();
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
