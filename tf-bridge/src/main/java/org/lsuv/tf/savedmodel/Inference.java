package org.lsuv.tf.savedmodel;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.nodes.AttrValues;
import org.lsuv.tf.nodes.FlatGraph;
import org.lsuv.tf.nodes.NodeGraph;
import org.lsuv.tf.nodes.Redirections;
import org.lsuv.tf.nodes.ValueNames;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/**
 * Holds a graph as it computes when nobody trains: dropout does nothing, branches that depend on whether someone
 * trains are chosen, and what only passes a value on is left out.
 *
 * @param graph the graph
 * @param notes what a user should know of it
 */
record Inference(FlatGraph graph, List<String> notes) {
    /** A choice or a dropout may only show once another one is gone. */
    private static final int MOST_ROUNDS = 10;

    private static final Set<String> RANDOM = Set.of(
            "RandomUniform",
            "RandomStandardNormal",
            "RandomUniformInt",
            "TruncatedNormal",
            "StatelessRandomUniform",
            "StatelessRandomUniformV2",
            "StatelessRandomNormal",
            "StatelessRandomNormalV2",
            "StatelessTruncatedNormal",
            "StatelessTruncatedNormalV2",
            "RandomGamma",
            "RandomPoissonV2",
            "RandomShuffle",
            "Multinomial");

    static Inference of(FlatGraph graph) {
        List<String> notes = new ArrayList<>();
        FlatGraph current = graph.map(body -> notTraining(body, notes)).map(Inference::withoutPassing);
        for (int round = 0; round < MOST_ROUNDS; round++) {
            FlatGraph before = current;
            current = ChosenBranches.in(before)
                    .map(body -> Dropout.inactive(body, notes))
                    .map(Inference::withoutPassing)
                    .pruned();
            if (current.equals(before)) {
                break;
            }
        }
        List<String> random = current.main().nodes().values().stream()
                .filter(node -> RANDOM.contains(node.getOp()))
                .map(NodeDef::getName)
                .toList();
        if (!random.isEmpty()) {
            notes.add("the outputs depend on random numbers, such as those of \""
                    + ValueNames.withoutCalls(random.get(0)) + "\"");
        }
        return new Inference(current, notes);
    }

    /** A placeholder that asks whether someone trains is fed by no signature. */
    private static NodeGraph notTraining(NodeGraph graph, List<String> notes) {
        Map<String, NodeDef> nodes = new LinkedHashMap<>(graph.nodes());
        for (NodeDef node : graph.nodes().values()) {
            String name = node.getName().toLowerCase(Locale.ROOT);
            boolean asks = name.contains("learning_phase") || name.contains("train");
            if (asks
                    && node.getOp().equals("Placeholder")
                    && type(node, "dtype") == DataType.DT_BOOL
                    && !isInput(name)) {
                nodes.put(
                        node.getName(),
                        AttrValues.constant(
                                node.getName(),
                                DataType.DT_BOOL,
                                TensorProto.newBuilder().addBoolVal(false)));
                notes.add("\"" + node.getName() + "\" is false, since no one trains");
            }
        }
        return graph.with(nodes, graph.results());
    }

    /** Our own placeholders, which the signature feeds. */
    private static boolean isInput(String name) {
        return name.matches("input\\d+\\..*");
    }

    private static DataType type(NodeDef node, String attribute) {
        return node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).getType();
    }

    private static NodeGraph withoutPassing(NodeGraph graph) {
        Set<String> anchors = new HashSet<>();
        graph.nodes()
                .values()
                .forEach(node -> node.getInputList().stream()
                        .filter(NodeGraph::isControl)
                        .forEach(input -> anchors.add(input.substring(1))));
        Redirections redirections = new Redirections();
        for (NodeDef node : graph.nodes().values()) {
            List<TensorRef> inputs = NodeGraph.data(node);
            boolean bound = anchors.contains(node.getName()) || inputs.size() < node.getInputCount();
            if (bound) {
                continue;
            }
            switch (node.getOp()) {
                case "Identity",
                        "StopGradient",
                        "PreventGradient",
                        "Snapshot",
                        "CheckNumerics",
                        "CheckNumericsV2",
                        "Print",
                        "DebugIdentity",
                        "DebugIdentityV2",
                        "PlaceholderWithDefault",
                        "OptimizationBarrier" -> {
                    redirections.put(new TensorRef(node.getName(), 0), inputs.get(0));
                }
                case "IdentityN" -> {
                    for (int i = 0; i < inputs.size(); i++) {
                        redirections.put(new TensorRef(node.getName(), i), inputs.get(i));
                    }
                }
                default -> {
                    // Computes something.
                }
            }
        }
        return redirections.apply(graph).withoutOrder();
    }
}
