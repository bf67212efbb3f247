package org.lsuv.tf.savedmodel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.ControlFlow;
import org.lsuv.tf.OpDefinitions;
import org.lsuv.tf.nodes.FlatGraph;
import org.lsuv.tf.nodes.NodeGraph;
import org.lsuv.tf.nodes.ValueNames;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/** Looks for everything that TensorFlow could not run, and takes from nodes what holds for another place only. */
final class RunCheck {
    private final Map<String, OpDef> producer = new HashMap<>();
    private final Map<String, Integer> missing = new TreeMap<>();
    private final Set<String> problems = new LinkedHashSet<>();

    private RunCheck(MetaGraphDef meta) {
        meta.getMetaInfoDef().getStrippedOpList().getOpList().forEach(op -> producer.put(op.getName(), op));
    }

    /**
     * Returns the graph as it can be run here.
     *
     * @param variables what is wrong with uses of variables
     * @param values what is wrong with their values
     * @param fed the placeholders that are fed
     * @throws UnsupportedModelException if there is anything; it is named all at once
     */
    static FlatGraph checked(
            FlatGraph graph, MetaGraphDef meta, List<String> variables, List<String> values, Set<String> fed) {
        RunCheck check = new RunCheck(meta);
        FlatGraph clean = graph.map(check::cleaned);
        List<String> all = new ArrayList<>(variables);
        if (!check.missing.isEmpty()) {
            all.add("TensorFlow cannot run the operations "
                    + check.missing.entrySet().stream()
                            .map(entry -> entry.getKey() + " (" + entry.getValue() + "×)")
                            .collect(Collectors.joining(", ")));
        }
        all.addAll(check.problems);
        all.addAll(values);
        unfed(clean.main(), fed, all);
        if (!all.isEmpty()) {
            int more = all.size() - 20;
            throw new UnsupportedModelException(String.join("; ", all.subList(0, Math.min(all.size(), 20)))
                    + (more > 0 ? "; and " + more + " more" : ""));
        }
        return clean;
    }

    private NodeGraph cleaned(NodeGraph graph) {
        Map<String, NodeDef> nodes = new LinkedHashMap<>();
        graph.nodes().forEach((name, node) -> nodes.put(name, cleaned(node)));
        return graph.with(nodes, graph.results());
    }

    private NodeDef cleaned(NodeDef node) {
        Optional<OpDef> known = OpDefinitions.find(node.getOp());
        if (known.isEmpty() || !Kernels.onCpu(node.getOp())) {
            missing.merge(node.getOp(), 1, Integer::sum);
            return node;
        }
        NodeDef.Builder clean = node.toBuilder().clearDevice().clearExperimentalDebugInfo();
        Set<String> attributes =
                known.get().getAttrList().stream().map(OpDef.AttrDef::getName).collect(Collectors.toSet());
        for (String name : node.getAttrMap().keySet()) {
            if (name.startsWith("_")) {
                if (!name.equals(ControlFlow.LOWERED)) {
                    clean.removeAttr(name);
                }
            } else if (!attributes.contains(name)) {
                if (!isDefault(node, name)) {
                    problems.add("node \"" + node.getName() + "\": this version of TensorFlow knows no attribute \""
                            + name + "\" of " + node.getOp());
                }
                clean.removeAttr(name);
            }
        }
        return clean.build();
    }

    /** A newer TensorFlow writes attributes that mean nothing new where they have their defaults. */
    private boolean isDefault(NodeDef node, String attribute) {
        OpDef definition = producer.getOrDefault(node.getOp(), OpDef.getDefaultInstance());
        return definition.getAttrList().stream()
                .anyMatch(known -> known.getName().equals(attribute)
                        && known.getDefaultValue().equals(node.getAttrOrThrow(attribute)));
    }

    private static void unfed(NodeGraph graph, Set<String> fed, List<String> all) {
        graph.nodes().values().stream()
                .filter(node -> node.getOp().equals("Placeholder") && !fed.contains(node.getName()))
                .forEach(node -> all.add("placeholder \"" + ValueNames.withoutCalls(node.getName())
                        + "\" is needed, but is no input of the signature"));
    }
}
