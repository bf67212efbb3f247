package org.lsuv.tf.layers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsuv.onnx.layers.NotInitialised;
import org.lsuv.tf.Weight;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/**
 * Tells why weights take part in no layer.
 *
 * @param graph the graph
 * @param dependence what tells which values depend on inputs
 * @param known the reasons that are known already, by name of the weight
 */
record RemainingWeights(GraphView graph, InputDependence dependence, Map<String, String> known) {
    private static final Set<String> LOOKING_UP = Set.of("Gather", "GatherV2", "GatherNd", "ResourceGather");

    /**
     * Returns the weights that look like one, having two axes or more.
     *
     * @param taken the names of those that initialisation may change
     */
    List<NotInitialised> of(Collection<Weight> weights, Set<String> taken) {
        List<NotInitialised> found = new ArrayList<>();
        for (Weight weight : weights) {
            long[] shape = weight.value().shape();
            boolean looksLikeOne = weight.value().type().isFloating()
                    && Arrays.stream(shape).filter(size -> size > 1).count() > 1;
            if (looksLikeOne && !taken.contains(weight.name())) {
                String reason = known.get(weight.name());
                found.add(new NotInitialised(
                        weight.name(),
                        Arrays.stream(shape).boxed().toList(),
                        reason == null ? reason(weight) : reason));
            }
        }
        return found;
    }

    private String reason(Weight weight) {
        Optional<InputDependence.Meeting> meeting = dependence.meeting(weight.tensor());
        if (meeting.isPresent()) {
            return reason(meeting.get());
        }
        return graph.readers(weight.tensor()).isEmpty() && !graph.isOutput(weight.tensor())
                ? "is read by no operation that the outputs need"
                : "meets nothing that depends on an input";
    }

    private static String reason(InputDependence.Meeting meeting) {
        NodeDef node = meeting.node();
        String reader = node.getOp() + " \"" + node.getName() + "\"";
        if (Products.multiplies(node) && !meeting.operators().isEmpty()) {
            Set<String> makers = new LinkedHashSet<>(meeting.operators());
            return "is a parameter of a computed weight: " + reader + " reads what " + String.join(", ", makers)
                    + (makers.size() == 1 ? " makes of it" : " make of it");
        }
        if (node.getAttrMap().values().stream().anyMatch(RemainingWeights::isFunction)) {
            return "is passed to the body of " + reader;
        }
        return switch (node.getOp()) {
            case "Add", "AddV2", "Sub" ->
                "is added to activations by " + reader + ", as a positional parameter or mask is";
            case "Mul", "RealDiv" -> "is a factor of activations in " + reader;
            case "ConcatV2", "Pack" -> "is joined with activations by " + reader;
            case "Select", "SelectV2" -> "is chosen by " + reader + " in place of activations";
            default ->
                LOOKING_UP.contains(node.getOp()) && meeting.position() == 0
                        ? "is a table in which " + reader + " looks up, as an embedding is"
                        : "is read by " + reader;
        };
    }

    static boolean isFunction(AttrValue value) {
        return value.hasFunc() || value.getList().getFuncCount() > 0;
    }
}
