package org.lsuv.onnx.layers;

import java.util.ArrayList;
import java.util.Arrays;
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
import org.lsuv.onnx.OnnxType;

/**
 * Lists the stored tensors that look like weights and are none of any layer's, and says of each what the
 * graph does with it where it first meets what depends on the inputs.
 */
final class RemainingWeights {
    private static final Set<String> LOOKING_UP =
            Set.of("Gather", "GatherElements", "GatherND", "EmbedLayerNormalization");

    private final OnnxGraph graph;
    private final Set<String> taken;
    private final Map<String, String> known;
    private final InputDependence dependence;
    private final List<NotInitialised> found = new ArrayList<>();

    private RemainingWeights(
            OnnxGraph graph, Set<String> taken, Map<String, String> known, InputDependence dependence) {
        this.graph = graph;
        this.taken = taken;
        this.known = known;
        this.dependence = dependence;
    }

    /**
     * Returns the tensors.
     *
     * @param taken the names of those that initialisation may change
     * @param known the reasons that are known already, by name
     */
    static List<NotInitialised> of(
            OnnxGraph graph, Set<String> taken, Map<String, String> known, InputDependence dependence) {
        return new RemainingWeights(graph, taken, known, dependence).list();
    }

    private List<NotInitialised> list() {
        for (OnnxTensor tensor : stored(graph)) {
            if (!taken.contains(tensor.name()) && isWeightLike(tensor)) {
                String reason = known.get(tensor.name());
                found.add(described(tensor, reason == null ? reason(tensor) : reason));
            }
        }
        graph.nodes().forEach(this::listBodies);
        return List.copyOf(found);
    }

    private void listBodies(OnnxNode node) {
        node.attributes()
                .allGraphs()
                .forEach(body -> found.addAll(inside(body, "is inside the body of " + NotInitialised.label(node))));
    }

    /** Returns the tensors that a body and the bodies in it store, with one reason for all. */
    static List<NotInitialised> inside(OnnxGraph body, String reason) {
        return Stream.concat(
                        stored(body).stream()
                                .filter(RemainingWeights::hasWeightsForm)
                                .map(tensor -> described(tensor, reason)),
                        body.nodes().stream()
                                .flatMap(node -> node.attributes().allGraphs().stream())
                                .flatMap(inner -> inside(inner, reason).stream()))
                .toList();
    }

    /** Returns the tensors of a graph that a body reads, with one reason for all. */
    static List<NotInitialised> read(OnnxGraph graph, OnnxGraph body, String reason) {
        return stored(graph).stream()
                .filter(tensor -> body.captured().contains(tensor.name()) && hasWeightsForm(tensor))
                .map(tensor -> described(tensor, reason))
                .toList();
    }

    private static NotInitialised described(OnnxTensor tensor, String reason) {
        return new NotInitialised(
                tensor.name(), Arrays.stream(tensor.shape()).boxed().toList(), reason);
    }

    private static List<OnnxTensor> stored(OnnxGraph graph) {
        List<OnnxTensor> tensors = new ArrayList<>();
        graph.initializerNames().forEach(name -> graph.initializer(name).ifPresent(tensors::add));
        graph.nodes().stream()
                .filter(node -> !node.attributes().has("sparse_value"))
                .forEach(node -> ConstantNode.value(node).ifPresent(tensors::add));
        return tensors;
    }

    private boolean isWeightLike(OnnxTensor tensor) {
        return hasWeightsForm(tensor)
                || (tensor.type().isFloating()
                        && graph.consumers(tensor.name()).stream().anyMatch(node -> multiplies(node, tensor.name())));
    }

    private static boolean hasWeightsForm(OnnxTensor tensor) {
        return tensor.shape().length >= 2
                && tensor.elementCount() > 1
                && (tensor.type().isFloating() || isQuantised(tensor.type()));
    }

    private static boolean isQuantised(OnnxType type) {
        return type.bits() > 0 && type.bits() <= 8 && type != OnnxType.BOOL;
    }

    private static boolean multiplies(OnnxNode node, String value) {
        int position = node.inputs().indexOf(value);
        return WeightedOperators.has(node) && (position < 2 || node.is("Einsum"));
    }

    private String reason(OnnxTensor tensor) {
        return dependence
                .meeting(tensor.name())
                .map(meeting -> reason(tensor, meeting))
                .or(() -> captor(tensor.name()).map(node -> "is read inside the body of " + NotInitialised.label(node)))
                .orElse(
                        graph.consumers(tensor.name()).isEmpty() && !graph.isOutput(tensor.name())
                                ? "is read by no node"
                                : "meets nothing that depends on an input");
    }

    private static String reason(OnnxTensor tensor, InputDependence.Meeting meeting) {
        OnnxNode node = meeting.node();
        String reader = NotInitialised.label(node);
        if (isQuantised(tensor.type())) {
            return "is quantised (" + tensor.type().label() + "), read by " + reader;
        }
        if (WeightedOperators.has(node) && !meeting.operators().isEmpty()) {
            Set<String> makers = new LinkedHashSet<>(meeting.operators());
            return "is a parameter of a computed weight: " + reader + " reads what " + String.join(", ", makers)
                    + (makers.size() == 1 ? " makes of it" : " make of it");
        }
        if (!node.attributes().allGraphs().isEmpty()) {
            return "is passed to the body of " + reader;
        }
        return switch (node.opType()) {
            case "Add", "Sub", "Sum" ->
                "is added to activations by " + reader + ", as a positional parameter or mask is";
            case "Mul", "Div" -> "is a factor of activations in " + reader;
            case "Concat" -> "is joined with activations by " + reader;
            case "Where" -> "is chosen by " + reader + " in place of activations";
            default -> {
                if (LOOKING_UP.contains(node.opType()) && meeting.position() == 0) {
                    yield "is a table in which " + reader + " looks up, as an embedding is";
                }
                yield "is read by " + reader
                        + (node.opType().endsWith("Normalization") ? " as its scale or shift" : "");
            }
        };
    }

    /** Returns the first node with a body that reads a value of this graph. */
    private Optional<OnnxNode> captor(String value) {
        return graph.nodes().stream()
                .filter(node -> node.attributes().allGraphs().stream().anyMatch(body -> reads(body, value)))
                .findFirst();
    }

    private static boolean reads(OnnxGraph body, String value) {
        return !body.consumers(value).isEmpty()
                || body.isOutput(value)
                || body.nodes().stream()
                        .flatMap(node -> node.attributes().allGraphs().stream())
                        .anyMatch(inner -> reads(inner, value));
    }
}
