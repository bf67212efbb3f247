package org.lsuv.onnx.layers;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.lsuv.onnx.ConstantNode;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;

/**
 * Finds the weights that are out of a layer's reach: those that bodies of If, Loop and Scan read, and
 * constants of local functions.
 */
public final class InnerWeights {
    private static final Map<String, List<Integer>> WEIGHT_INPUTS = Map.of(
            "Conv", List.of(1),
            "ConvTranspose", List.of(1),
            "Gemm", List.of(0, 1),
            "MatMul", List.of(0, 1),
            "Einsum", List.of(0, 1),
            "RNN", List.of(1, 2),
            "GRU", List.of(1, 2),
            "LSTM", List.of(1, 2));

    private final Map<String, String> reasons = new HashMap<>();
    private final Map<String, OnnxNode> readers = new HashMap<>();
    private final Set<OnnxNode> holders = new LinkedHashSet<>();
    private final Deque<OnnxGraph> scopes = new ArrayDeque<>();

    private InnerWeights() {}

    /** Finds those of a main graph. */
    public static InnerWeights of(OnnxGraph graph) {
        InnerWeights weights = new InnerWeights();
        weights.scopes.push(graph);
        for (OnnxNode node : graph.nodes()) {
            if (!node.function().isEmpty()) {
                weights.ofFunction(node);
            }
            List<OnnxGraph> bodies = node.attributes().allGraphs();
            bodies.forEach(body -> weights.visit(body, node));
            if (!bodies.isEmpty()) {
                Stream.concat(node.inputs().stream(), bodies.stream().flatMap(body -> body.captured().stream()))
                        .forEach(value -> weights.stored(value).ifPresent(tensor -> {
                            weights.readers.putIfAbsent(tensor.name(), node);
                            weights.reasons.putIfAbsent(tensor.name(), reason(node));
                        }));
            }
        }
        return weights;
    }

    /** Returns why weights are left out, as part of a sentence, by the name of the stored tensor. */
    Map<String, String> reasons() {
        return Map.copyOf(reasons);
    }

    /** Returns the nodes of the graph in whose bodies, at any depth, a layer would have its weight. */
    public List<OnnxNode> holders() {
        return List.copyOf(holders);
    }

    /** Tells whether a body in the graph, or a node with one, reads a stored tensor. */
    boolean isRead(String tensor) {
        return readers.containsKey(tensor);
    }

    private static String reason(OnnxNode holder) {
        return "is read inside the body of " + NotInitialised.label(holder);
    }

    private void ofFunction(OnnxNode node) {
        for (int input : inputs(node)) {
            weight(node, input)
                    .filter(tensor -> scopes.getLast()
                            .producer(tensor.name())
                            .filter(producer -> !producer.function().isEmpty())
                            .isPresent())
                    .ifPresent(tensor -> reasons.put(
                            tensor.name(),
                            "is a constant of local function " + node.function()
                                    + ", whose calls share it; make it an initializer that is passed to the function"));
        }
    }

    private void visit(OnnxGraph body, OnnxNode holder) {
        scopes.push(body);
        for (OnnxNode node : body.nodes()) {
            if (node.domain().isEmpty()) {
                for (int input : inputs(node)) {
                    weight(node, input).ifPresent(tensor -> {
                        reasons.put(tensor.name(), reason(holder));
                        holders.add(holder);
                    });
                }
            }
            node.attributes().allGraphs().forEach(inner -> visit(inner, holder));
        }
        scopes.pop();
    }

    /** Two stored factors make a constant, no layer. */
    private Optional<OnnxTensor> weight(OnnxNode node, int input) {
        boolean eitherSide = inputs(node).contains(0);
        return eitherSide && stored(node.input(1 - input)).isPresent()
                ? Optional.empty()
                : stored(node.input(input)).filter(tensor -> tensor.rank() >= 2);
    }

    /** Follows a value of the innermost graph to the stored tensor whose elements it rearranges. */
    private Optional<OnnxTensor> stored(String value) {
        String current = value;
        for (OnnxGraph scope : scopes) {
            Optional<OnnxNode> producer = scope.producer(current);
            while (producer.filter(WeightTracer::rearranges).isPresent()) {
                current = producer.get().input(0);
                producer = scope.producer(current);
            }
            String name = current;
            if (producer.isPresent()) {
                return producer.filter(node -> !node.attributes().has("sparse_value"))
                        .flatMap(ConstantNode::value)
                        .filter(tensor -> tensor.type().isFloating());
            }
            Optional<OnnxTensor> tensor = scope.initializer(name);
            if (tensor.isPresent()) {
                return tensor.filter(stored -> stored.type().isFloating());
            }
            if (scope.inputs().stream().anyMatch(input -> input.name().equals(name))) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    private static List<Integer> inputs(OnnxNode node) {
        return WEIGHT_INPUTS.getOrDefault(node.opType(), List.of());
    }
}
