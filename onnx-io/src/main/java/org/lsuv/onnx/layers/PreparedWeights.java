package org.lsuv.onnx.layers;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsuv.onnx.ConstantNode;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;

/** Gives every weight that shall be initialised on its own a place of its own in the model. */
public final class PreparedWeights {
    /** Generated weights go into the model's file, which Protobuf limits to 2 GB. */
    private static final long MAX_GENERATED_BYTES = 3L << 29;

    private PreparedWeights() {}

    /**
     * Splits weights that were merged, by the rule for ties, and stores weights that nodes would generate.
     *
     * @param seed the seed of weights that {@code RandomNormal} and {@code RandomUniform} would draw
     * @throws UnsupportedModelException if generated weights are too large to store
     */
    public static OnnxModel prepare(OnnxModel model, TieRule ties, long seed) {
        OnnxModel stored = withGenerated(model, seed);
        if (ties == TieRule.KEEP) {
            return stored;
        }
        OnnxModel split = withoutIdentities(stored);
        return ties == TieRule.SPLIT ? withoutSharing(split) : split;
    }

    private static OnnxModel withGenerated(OnnxModel model, long seed) {
        Set<String> wanted = OnnxLayers.find(model.inlined().graph()).trainable();
        List<GeneratedWeight> generated = wanted.stream()
                .flatMap(name -> model.graph().producer(name).stream())
                .flatMap(node -> GeneratedWeight.of(model.graph(), node).stream())
                .toList();
        long bytes = 0;
        for (GeneratedWeight weight : generated) {
            long size = weight.byteCount();
            if (size > MAX_GENERATED_BYTES - bytes) {
                throw new UnsupportedModelException(
                        model.label() + ": " + weight.node().describe()
                                + ": the weights that nodes of the model generate are too large to store in its file; export the"
                                + " model with stored weights");
            }
            bytes += size;
        }
        Map<String, OnnxTensor> weights = new LinkedHashMap<>();
        generated.forEach(weight -> weights.put(weight.node().output(0), weight.values(seed)));
        return weights.isEmpty() ? model : model.withWeights(weights);
    }

    /** PyTorch's exporter keeps one of several equal initializers, and the others read it by Identity. */
    private static OnnxModel withoutIdentities(OnnxModel model) {
        OnnxGraph graph = model.graph();
        Map<String, OnnxTensor> copies = new LinkedHashMap<>();
        for (OnnxNode node : graph.nodes()) {
            if (node.is("Identity") && !graph.isOutput(node.output(0))) {
                behind(graph, node)
                        .filter(tensor -> tensor.type().isFloating())
                        .ifPresent(tensor -> copies.put(node.output(0), tensor.withName(node.output(0))));
            }
        }
        return copies.isEmpty() ? model : model.withWeights(copies);
    }

    /** Returns the stored tensor that an Identity shares with other readers. */
    private static Optional<OnnxTensor> behind(OnnxGraph graph, OnnxNode identity) {
        String value = identity.input(0);
        boolean shared = false;
        while (true) {
            shared |= graph.consumers(value).size() > 1 || graph.isOutput(value);
            Optional<OnnxNode> producer = graph.producer(value);
            if (producer.isPresent() && producer.get().is("Identity")) {
                value = producer.get().input(0);
                continue;
            }
            if (!shared) {
                return Optional.empty();
            }
            return graph.initializer(value).or(() -> producer.flatMap(ConstantNode::value));
        }
    }

    private static OnnxModel withoutSharing(OnnxModel model) {
        OnnxGraph graph = model.graph();
        Map<String, Integer> uses = new HashMap<>();
        Set<String> taken = new HashSet<>(graph.initializerNames());
        graph.inputs().forEach(input -> taken.add(input.name()));
        graph.nodes().forEach(node -> taken.addAll(node.outputs()));
        List<OnnxModel.Copy> copies = new ArrayList<>();
        for (OnnxLayer layer : OnnxLayers.find(graph).layers()) {
            List<WeightPath> paths = new ArrayList<>(List.of(layer.weight()));
            layer.bias().map(OnnxLayer.Bias::path).ifPresent(paths::add);
            layer.recurrent().map(OnnxLayer.Recurrent::weight).ifPresent(paths::add);
            for (WeightPath path : paths) {
                int use = uses.merge(path.source(), 1, Integer::sum);
                // A weight that reaches its reader through other nodes stays shared: they would have to be copied.
                if (use == 1 || !path.operand().equals(path.source())) {
                    continue;
                }
                OnnxNode reader = reader(graph, layer, path);
                String name = path.source() + "_" + use;
                while (!taken.add(name)) {
                    name += "_";
                }
                copies.add(new OnnxModel.Copy(reader, reader.inputs().indexOf(path.operand()), name));
            }
        }
        return copies.isEmpty() ? model : model.withCopies(copies);
    }

    /** Returns the node that reads a weight or a bias: the product, or the {@code Add} that follows. */
    private static OnnxNode reader(OnnxGraph graph, OnnxLayer layer, WeightPath path) {
        return layer.node().inputs().contains(path.operand())
                ? layer.node()
                : graph.producer(layer.output()).orElse(layer.node());
    }
}
