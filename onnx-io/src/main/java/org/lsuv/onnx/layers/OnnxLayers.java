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
 * @param parameters the stored scales and shifts of data, those of normalisations among them
 * @param notInitialised the stored tensors that look like weights, but are none of any layer's
 */
public record OnnxLayers(
        List<OnnxLayer> layers,
        List<OnnxBatchNorm> batchNorms,
        Set<String> parameters,
        List<NotInitialised> notInitialised) {
    public OnnxLayers {
        parameters = Set.copyOf(parameters);
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
        Set<String> names = trainable(layers, batchNorms);
        names.addAll(parameters);
        return names;
    }

    private static Set<String> trainable(List<OnnxLayer> layers, List<OnnxBatchNorm> batchNorms) {
        Set<String> names = new HashSet<>();
        for (OnnxLayer layer : layers) {
            names.add(layer.weight().source());
            names.add(layer.weight().scaled());
            layer.bias().ifPresent(bias -> names.add(bias.path().source()));
            layer.recurrent().ifPresent(state -> names.add(state.weight().source()));
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
        private final InnerWeights bodies;
        private final List<OnnxLayer> layers = new ArrayList<>();
        private final List<OnnxBatchNorm> norms = new ArrayList<>();

        Finder(OnnxGraph graph) {
            this.graph = graph;
            this.tracer = new WeightTracer(graph);
            this.dependence = new InputDependence(graph);
            this.bodies = InnerWeights.of(graph);
        }

        OnnxLayers find() {
            for (OnnxNode node : graph.nodes()) {
                if (node.domain().isEmpty()) {
                    standard(node);
                } else if (node.domain().equals("com.microsoft")) {
                    fused(node);
                }
            }
            return new OnnxLayers(
                    layers,
                    norms,
                    ScalesAndShifts.of(graph, dependence),
                    RemainingWeights.of(graph, trainable(layers, norms), bodies.reasons(), dependence));
        }

        private void standard(OnnxNode node) {
            switch (node.opType()) {
                case "Conv", "ConvTranspose" -> convolution(node, 2, Axes.CHANNELS_SECOND);
                case "DeformConv" -> convolution(node, 3, Axes.CHANNELS_SECOND);
                case "Gemm" -> gemm(node);
                case "MatMul" -> matMul(node);
                case "Einsum" -> einsum(node);
                case "BatchNormalization" -> batchNorm(node);
                default -> RecurrentKernels.of(node).ifPresent(kernels -> recurrent(node, kernels));
            }
        }

        private void fused(OnnxNode node) {
            switch (node.opType()) {
                case "FusedConv" -> convolution(node, 2, Axes.CHANNELS_SECOND);
                case "NhwcFusedConv", "NhwcConv" -> convolution(node, 2, Axes.CHANNELS_LAST);
                case "FusedGemm" -> gemm(node);
                case "FusedMatMul", "TransposeMatMul" -> fusedMatMul(node);
                case "GemmFastGelu", "Attention" -> rightProduct(node);
                default -> {
                    // Has no weight that LSUV scales.
                }
            }
        }

        private enum Axes {
            CHANNELS_SECOND,
            CHANNELS_LAST
        }

        private void convolution(OnnxNode node, int biasInput, Axes axes) {
            Optional<WeightPath> weight = tracer.traceWeight(node.input(1));
            if (weight.isEmpty() || tracer.traceWeight(node.input(0)).isPresent()) {
                return;
            }
            List<Long> shape = weight.get().operandShape();
            long groups = node.attributes().intOr("group", 1);
            if (shape.size() < 3 || groups < 1 || shape.get(0) % groups != 0) {
                return;
            }
            KernelLayout kernel = node.is("ConvTranspose")
                    ? KernelLayout.transposedConvolution(shape, groups)
                    : KernelLayout.convolution(shape, groups);
            boolean last = axes == Axes.CHANNELS_LAST;
            OptionalInt axis = OptionalInt.of(last ? -1 : 1);
            if (node.input(biasInput).isEmpty() && !last) {
                addWithFollowingBias(
                        node, weight.get(), kernel, BiasShape.ofConvolution(shape, kernel.channels()), axis);
            } else {
                OnnxLayer.Broadcast broadcast = last ? OnnxLayer.Broadcast.TRAILING : OnnxLayer.Broadcast.CHANNELS;
                add(node, weight.get(), kernel, bias(node, biasInput, 1, broadcast), node.output(0), axis);
            }
        }

        /** Holds the weight of a product, of which it is one operand alone. */
        private record Side(WeightPath weight, boolean isLeft) {
            /** With a matrix for each row of a batch, a channel has several kernels. */
            OptionalInt channelAxis() {
                return weight.operandShape().size() == 2 ? OptionalInt.of(isLeft ? -2 : -1) : OptionalInt.empty();
            }
        }

        private Optional<Side> side(OnnxNode node) {
            Optional<WeightPath> left = tracer.traceWeight(node.input(0));
            Optional<WeightPath> right = tracer.traceWeight(node.input(1));
            return left.isPresent() == right.isPresent()
                    ? Optional.empty()
                    : right.or(() -> left).map(weight -> new Side(weight, left.isPresent()));
        }

        private static boolean isOutFirst(OnnxNode node, Side side) {
            return side.isLeft()
                    ? !node.attributes().flag("transA")
                    : node.attributes().flag("transB");
        }

        private void gemm(OnnxNode node) {
            Optional<Side> found = side(node);
            if (found.isEmpty() || found.get().weight().operandShape().size() != 2) {
                return;
            }
            Side side = found.get();
            WeightPath weight = side.weight();
            KernelLayout kernel = KernelLayout.matrix(weight.operandShape(), isOutFirst(node, side));
            if (node.input(2).isEmpty()) {
                addProduct(node, side, kernel);
            } else {
                float beta = node.attributes().floatOr("beta", 1);
                Optional<OnnxLayer.Bias> bias = bias(node, 2, beta, OnnxLayer.Broadcast.TRAILING);
                add(node, weight, kernel, bias, node.output(0), side.channelAxis());
            }
        }

        private void addProduct(OnnxNode node, Side side, KernelLayout kernel) {
            BiasShape bias = BiasShape.ofProduct(kernel.view(), kernel.channels(), side.isLeft());
            addWithFollowingBias(node, side.weight(), kernel, bias, side.channelAxis());
        }

        /** Scores of queries and keys come as this operator, too: one side must be a stored matrix. */
        private void fusedMatMul(OnnxNode node) {
            Optional<Side> found = side(node);
            if (found.isEmpty()
                    || found.get().weight().operandShape().size() != 2
                    || node.attributes().flag("transBatchA")) {
                return;
            }
            Side side = found.get();
            addProduct(node, side, KernelLayout.matrix(side.weight().operandShape(), isOutFirst(node, side)));
        }

        /** Takes the second input as the matrix and the third as its bias. */
        private void rightProduct(OnnxNode node) {
            Optional<WeightPath> weight = tracer.traceWeight(node.input(1));
            if (weight.isEmpty()
                    || weight.get().operandShape().size() != 2
                    || weight.get().operandShape().contains(0L)
                    || tracer.traceWeight(node.input(0)).isPresent()) {
                return;
            }
            KernelLayout kernel = KernelLayout.matrix(weight.get().operandShape(), false);
            OutputChannels channels = node.opType().equals("Attention")
                    ? PackedAttention.channels(node, kernel.channels())
                    : OutputChannels.together(OptionalInt.of(-1), kernel.channels());
            Optional<OnnxLayer.Bias> bias = bias(node, 2, 1, OnnxLayer.Broadcast.TRAILING);
            add(node, weight.get(), kernel, bias, node.output(0), channels, Optional.empty());
        }

        private void recurrent(OnnxNode node, RecurrentKernels kernels) {
            Optional<WeightPath> input = tracer.trace(node.input(1));
            Optional<KernelLayout> kernel = input.flatMap(path -> kernels.layout(path.operandShape()));
            if (kernel.isEmpty() || tracer.trace(node.input(0)).isPresent()) {
                return;
            }
            Optional<WeightPath> state = tracer.trace(node.input(2));
            Optional<OnnxLayer.Recurrent> recurrent = state.flatMap(
                    path -> kernels.layout(path.operandShape()).map(layout -> new OnnxLayer.Recurrent(path, layout)));
            add(
                    node,
                    input.orElseThrow(),
                    kernel.get(),
                    bias(node, 3, 1, OnnxLayer.Broadcast.TRAILING),
                    node.firstOutput(),
                    kernels.channels(kernel.get()),
                    recurrent);
        }

        private void matMul(OnnxNode node) {
            side(node).ifPresent(side -> {
                List<Long> shape = side.weight().operandShape();
                if (shape.size() > 1) {
                    addProduct(node, side, KernelLayout.matrix(shape, side.isLeft()));
                } else if (shape.size() == 1 && dependence.reaches(node)) {
                    KernelLayout kernel = KernelLayout.vector(shape);
                    add(node, side.weight(), kernel, Optional.empty(), node.output(0), OptionalInt.empty());
                }
            });
        }

        private void einsum(OnnxNode node) {
            List<Optional<WeightPath>> operands =
                    node.inputs().stream().map(tracer::traceWeight).toList();
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
            boolean open = InnerBlob.of(node).isEmpty() && !graph.isOutput(product);
            if (open && readers.size() == 1 && isAlignedAdd(readers.get(0))) {
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

        private Optional<OnnxLayer.Bias> bias(OnnxNode node, int input, float factor, OnnxLayer.Broadcast broadcast) {
            return tracer.trace(node.input(input)).map(path -> new OnnxLayer.Bias(path, factor, broadcast));
        }

        private void add(
                OnnxNode node,
                WeightPath weight,
                KernelLayout kernel,
                Optional<OnnxLayer.Bias> bias,
                String output,
                OptionalInt axis) {
            if (weight.storedShape().contains(0L)) {
                return;
            }
            OutputChannels channels = InnerBlob.of(node).isPresent()
                    ? OutputChannels.together(axis, kernel.channels())
                    : channels(output, kernel, axis);
            add(node, weight, kernel, bias, output, channels, Optional.empty());
        }

        private void add(
                OnnxNode node,
                WeightPath weight,
                KernelLayout kernel,
                Optional<OnnxLayer.Bias> bias,
                String output,
                OutputChannels channels,
                Optional<OnnxLayer.Recurrent> recurrent) {
            if (isPartOfAWeight(node)) {
                return;
            }
            if (bodies.isRead(weight.source())
                    || bias.filter(own -> bodies.isRead(own.path().source())).isPresent()) {
                // Another value of it would change what the body computes, unseen.
                return;
            }
            KernelLayout layout = channels.arePacked() && channels.areEven()
                    ? kernel.split(channels.blocks().size()).orElse(kernel)
                    : kernel;
            Optional<String> inner = InnerBlob.of(node);
            layers.add(new OnnxLayer(
                    layers.size(),
                    nameOf(node),
                    node,
                    weight,
                    layout,
                    bias,
                    inner.map(name -> output + "/" + name).orElse(output),
                    inner,
                    channels,
                    inner.isPresent() ? InnerBlob.activation(node) : NonLinearity.behind(graph, output),
                    recurrent));
        }

        private OutputChannels channels(String output, KernelLayout kernel, OptionalInt axis) {
            List<OutputChannels.Block> blocks =
                    axis.isPresent() ? PackedBlocks.of(graph, output, axis.getAsInt(), kernel.channels()) : List.of();
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
                                    && !meeting.node().is("Einsum")
                                    && WeightedOperators.has(meeting.node()))
                            .isPresent();
        }

        private static String nameOf(OnnxNode node) {
            return node.name().isEmpty() ? node.firstOutput() : node.name();
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
