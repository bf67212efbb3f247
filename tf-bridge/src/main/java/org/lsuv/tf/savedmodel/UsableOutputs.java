package org.lsuv.tf.savedmodel;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.nodes.FlatGraph;
import org.lsuv.tf.nodes.NodeGraph;
import org.lsuv.tf.nodes.ValueNames;
import org.tensorflow.proto.NodeDef;

/**
 * Holds a graph with the outputs that it can compute by itself. Tables, such as those that turn classes into labels,
 * are filled by an initialisation of the model which is not part of its graph.
 *
 * @param graph the graph
 * @param names the keys of its results
 * @param notes which outputs were left out
 */
record UsableOutputs(FlatGraph graph, List<String> names, List<String> notes) {
    private static final Set<String> TABLES = Set.of(
            "HashTable",
            "HashTableV2",
            "MutableHashTable",
            "MutableHashTableV2",
            "MutableHashTableOfTensors",
            "MutableHashTableOfTensorsV2",
            "MutableDenseHashTable",
            "MutableDenseHashTableV2",
            "AnonymousHashTable",
            "AnonymousMutableHashTable",
            "AnonymousMutableDenseHashTable");

    static UsableOutputs of(FlatGraph graph, List<String> names) {
        List<String> usable = new ArrayList<>();
        List<TensorRef> results = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            TensorRef result = graph.main().results().get(i);
            NodeGraph needed =
                    graph.main().with(graph.main().nodes(), List.of(result)).pruned();
            Optional<NodeDef> table = needed.nodes().values().stream()
                    .filter(node -> TABLES.contains(node.getOp()))
                    .findFirst();
            if (table.isEmpty()) {
                usable.add(names.get(i));
                results.add(result);
            } else {
                notes.add("output \"" + names.get(i) + "\" is left out: it needs the table \""
                        + ValueNames.withoutCalls(table.get().getName()) + "\"");
            }
        }
        if (usable.isEmpty()) {
            throw new UnsupportedModelException(
                    String.join("; ", notes) + "; choose a signature that takes what comes behind the preprocessing");
        }
        NodeGraph main = graph.main().with(graph.main().nodes(), results);
        return new UsableOutputs(new FlatGraph(main, graph.functions()).pruned(), usable, notes);
    }
}
