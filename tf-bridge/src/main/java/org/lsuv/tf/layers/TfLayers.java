package org.lsuv.tf.layers;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.layers.KernelLayout;
import org.lsuv.onnx.layers.NotInitialised;
import org.lsuv.onnx.layers.OnnxLayer;
import org.lsuv.onnx.layers.OutputChannels;
import org.lsuv.onnx.layers.WeightPath;
import org.lsuv.tf.BatchNorm;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.Weight;
import org.lsuv.tf.WeightedLayer;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Lists the layers of a TensorFlow graph that have weights, and its batch normalisations.
 *
 * @param graph the graph in which they lie: the one that was searched, or one that computes the same outputs and
 *     has outside what a loop computed inside
 * @param layers the weighted layers in execution order
 * @param batchNorms the batch normalisations in inference form whose statistics are stored
 * @param notInitialised the weights of two axes or more that are none of any layer's
 */
public record TfLayers(
        GraphDef graph, List<WeightedLayer> layers, List<BatchNorm> batchNorms, List<NotInitialised> notInitialised) {
    public TfLayers {
        layers = List.copyOf(layers);
        batchNorms = List.copyOf(batchNorms);
        notInitialised = List.copyOf(notInitialised);
    }

    /**
     * Finds the layers of a graph.
     *
     * @param graph the graph, without calls of functions but those of loops and conditions
     * @param weights the stored tensors, by name; each is a placeholder of the graph
     * @param outputs the tensors that the graph is there for
     * @throws UnsupportedModelException if TensorFlow does not take the graph
     */
    public static TfLayers find(GraphDef graph, Map<String, Weight> weights, Collection<TensorRef> outputs) {
        LoopHoisting.Outcome hoisted;
        try (GraphView view = new GraphView(graph, outputs)) {
            WeightTracer tracer = new WeightTracer(view, weights);
            hoisted = LoopHoisting.apply(graph, view, tracer);
            if (hoisted.products().isEmpty()) {
                return new Finder(view, weights, List.of()).find(graph);
            }
        }
        try (GraphView view = new GraphView(hoisted.graph(), outputs(outputs, hoisted))) {
            return new Finder(view, weights, hoisted.products()).find(hoisted.graph());
        }
    }

    /** What nothing reads is looked at, too, where it was added to be measured. */
    private static List<TensorRef> outputs(Collection<TensorRef> outputs, LoopHoisting.Outcome hoisted) {
        List<TensorRef> all = new ArrayList<>(outputs);
        hoisted.products().forEach(product -> product.blob().ifPresent(all::add));
        return all;
    }

    /** Finds the layers of a model that comes without any, and calls them as the model calls their values. */
    public static TfLayers in(TfModel model) {
        TfLayers found = find(model.graph(), model.weights(), model.outputs().values());
        SourceNames names = SourceNames.of(model);
        return new TfLayers(
                found.graph,
                found.layers.stream().map(names::named).toList(),
                found.batchNorms.stream().map(names::named).toList(),
                found.notInitialised);
    }

    /** Returns a model with these layers and normalisations, in their graph. */
    public TfModel addedTo(TfModel model) {
        Map<String, TensorRef> values = new LinkedHashMap<>(model.values());
        values.values().removeAll(LoopHoisting.lists(graph));
        return new TfModel(
                model.label(),
                graph,
                model.inputs(),
                model.outputs(),
                values,
                model.inner(),
                model.weights(),
                layers,
                batchNorms,
                model.notes());
    }

    private static final class Finder {
        private final GraphView graph;
        private final Map<String, Weight> weights;
        private final WeightTracer tracer;
        private final InputDependence dependence;
        private final Products products;
        private final Map<TensorRef, HoistedProduct> hoisted = new HashMap<>();
        private final Map<String, String> inBodies = new LinkedHashMap<>();
        private final List<WeightedLayer> layers = new ArrayList<>();
        private final List<BatchNorm> norms = new ArrayList<>();

        Finder(GraphView graph, Map<String, Weight> weights, List<HoistedProduct> hoisted) {
            hoisted.forEach(product -> this.hoisted.put(product.product(), product));
            this.graph = graph;
            this.weights = weights;
            this.tracer = new WeightTracer(graph, weights);
            this.dependence = new InputDependence(graph, tracer);
            this.products = new Products(graph, tracer, dependence);
        }

        TfLayers find(GraphDef definition) {
            graph.order().forEach(this::findInBodies);
            Normalisations normalisations = new Normalisations(graph, tracer);
            for (NodeDef node : graph.order()) {
                products.of(node).ifPresent(this::add);
                normalisations.of(node).ifPresent(norms::add);
            }
            RemainingWeights remaining = new RemainingWeights(graph, dependence, inBodies);
            return new TfLayers(definition, layers, norms, remaining.of(weights.values(), trainable()));
        }

        /** Another value of such a weight would change what the body computes, unseen. */
        private void findInBodies(NodeDef node) {
            boolean enters = node.getOp().equals("Enter") || node.getOp().equals("RefEnter");
            if (enters || node.getAttrMap().values().stream().anyMatch(RemainingWeights::isFunction)) {
                for (TensorRef input : GraphView.inputs(node)) {
                    tracer.trace(input)
                            .ifPresent(path -> inBodies.put(
                                    path.source(),
                                    "is passed to the body of " + node.getOp() + " \"" + node.getName() + "\""));
                }
            }
        }

        private Set<String> trainable() {
            Set<String> names = new HashSet<>();
            for (WeightedLayer layer : layers) {
                names.add(layer.weight().source());
                layer.bias().ifPresent(bias -> names.add(bias.weight()));
                layer.recurrent().ifPresent(state -> names.add(state.weight().source()));
            }
            norms.forEach(norm -> names.addAll(List.of(norm.mean(), norm.variance())));
            return names;
        }

        /** The gates of a recurrent layer are layers of their own; its state's weights are drawn with them. */
        private void add(Product product, HoistedProduct found) {
            Optional<WeightPath> state = found.state().flatMap(tracer::trace);
            Optional<Gates> gates = state.map(path ->
                    Gates.of(product.kernel().channels(), path.operandShape().get(0), found.step()));
            OutputChannels channels = gates.map(Gates::channels)
                    .orElseGet(() -> OutputChannels.together(
                            product.axis(), product.kernel().channels()));
            Optional<OnnxLayer.Recurrent> recurrent = state.map(path ->
                    new OnnxLayer.Recurrent(path, divided(KernelLayout.matrix(path.operandShape(), false), channels)));
            Optional<WeightedLayer.Bias> bias = found.bias()
                    .flatMap(tensor -> tracer.trace(tensor)
                            .map(path -> new WeightedLayer.Bias(
                                    path.source(), path.operandShape(), tensor, 1, OnnxLayer.Broadcast.TRAILING)));
            TensorRef blob = found.blob().orElse(found.product());
            layers.add(new WeightedLayer(
                    layers.size(),
                    product.node().getName(),
                    gates.map(Gates::operator).orElse("MatMul"),
                    product.weight(),
                    divided(product.kernel(), channels),
                    found.product(),
                    found.active(),
                    bias,
                    blob,
                    name(blob),
                    channels,
                    Optional.empty(),
                    recurrent));
        }

        private static KernelLayout divided(KernelLayout kernel, OutputChannels channels) {
            return channels.arePacked() && channels.areEven()
                    ? kernel.split(channels.blocks().size()).orElse(kernel)
                    : kernel;
        }

        private void add(Product product) {
            HoistedProduct loop = hoisted.get(GraphView.output(product.node()));
            if (loop != null) {
                add(product, loop);
                return;
            }
            LayerOutput output = LayerOutput.of(graph, tracer, product);
            boolean shared = inBodies.containsKey(product.weight().source())
                    || output.bias()
                            .filter(bias -> inBodies.containsKey(bias.weight()))
                            .isPresent();
            if (shared) {
                return;
            }
            OutputChannels channels = channels(product, output);
            Optional<TensorRef> activation = new NonLinearity(graph).behind(output.blob());
            layers.add(new WeightedLayer(
                    layers.size(),
                    product.node().getName(),
                    product.node().getOp(),
                    product.weight(),
                    divided(product.kernel(), channels),
                    output.linear().tensor(),
                    Optional.empty(),
                    output.bias(),
                    output.blob(),
                    name(output.blob()),
                    channels,
                    activation.map(tensor -> new WeightedLayer.Activation(tensor, name(tensor))),
                    Optional.empty()));
        }

        /** Channels along an axis cannot be told apart in a tensor of unknown rank. */
        private OutputChannels channels(Product product, LayerOutput output) {
            long count = product.kernel().channels();
            Place linear = output.linear();
            if (linear.axis().isEmpty() || graph.rank(linear.tensor()).isEmpty()) {
                return OutputChannels.together(OptionalInt.empty(), count);
            }
            List<OutputChannels.Block> blocks =
                    new PackedBlocks(graph).of(new Place(output.blob(), linear.axis(), linear.bias()), count);
            return blocks.isEmpty()
                    ? OutputChannels.together(linear.axis(), count)
                    : new OutputChannels(linear.axis(), blocks);
        }

        private static String name(TensorRef tensor) {
            return tensor.index() == 0 ? tensor.op() : tensor.toString();
        }
    }
}
