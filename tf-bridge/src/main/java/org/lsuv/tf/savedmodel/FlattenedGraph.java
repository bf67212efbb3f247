package org.lsuv.tf.savedmodel;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.controlflow.FunctionalControlFlow;
import org.lsuv.tf.nodes.FlatGraph;
import org.lsuv.tf.nodes.NodeGraph;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Holds what a graph of any origin computes, without calls of functions and with placeholders for its variables, for
 * those who know the values of variables themselves, as a session does.
 *
 * @param graph the graph; operations that were in it have their names
 * @param outputs the tensors that were asked for, by what they were called
 * @param variables what is to be fed, by the name of the operation that is the variable
 * @param notes what was left out
 */
public record FlattenedGraph(
        GraphDef graph, Map<TensorRef, TensorRef> outputs, Map<String, FedVariable> variables, List<String> notes) {

    /**
     * Describes a variable.
     *
     * @param placeholder what is fed, in the type in which such values are computed
     * @param type the type of its values
     */
    public record FedVariable(TensorRef placeholder, DataType type) {}

    public FlattenedGraph {
        outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
        variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
        notes = List.copyOf(notes);
    }

    /**
     * Flattens a graph.
     *
     * @param outputs what is wanted of it
     * @throws UnsupportedModelException if it uses a variable otherwise than by its value, or a function calls itself
     * @throws org.lsuv.onnx.OnnxFormatException if a node or function is malformed
     */
    public static FlattenedGraph of(GraphDef graph, Collection<TensorRef> outputs) {
        List<TensorRef> wanted = List.copyOf(new LinkedHashSet<>(outputs));
        FunctionInliner inliner = new FunctionInliner(graph.getLibrary(), List.of());
        Variables variables = Variables.replacedIn(inliner.inline(NodeGraph.of(graph.getNodeList(), wanted)));
        if (!variables.problems().isEmpty()) {
            throw new UnsupportedModelException(String.join("; ", variables.problems()));
        }
        Inference inference = Inference.of(variables.graph());
        FunctionalControlFlow functional = FunctionalControlFlow.of(inference.graph());
        NodeGraph main = functional.graph().main();
        Map<String, NodeDef> nodes = new LinkedHashMap<>(main.nodes());
        Map<String, FedVariable> fed = new LinkedHashMap<>();
        variables.all().forEach((name, variable) -> {
            if (nodes.remove(name) != null) {
                FedTensor tensor = FedTensor.of(name, variable.type(), variable.shape());
                tensor.nodes().forEach(node -> nodes.put(node.getName(), node));
                fed.put(name, new FedVariable(tensor.fed(), variable.type()));
            }
        });
        Map<TensorRef, TensorRef> found = new LinkedHashMap<>();
        for (int i = 0; i < wanted.size(); i++) {
            found.put(wanted.get(i), main.results().get(i));
        }
        FlatGraph flat = new FlatGraph(
                main.with(nodes, main.results()), functional.graph().functions());
        Set<String> placeholders = new LinkedHashSet<>(nodes.keySet());
        FlatGraph clean = RunCheck.checked(flat, MetaGraphDef.getDefaultInstance(), List.of(), List.of(), placeholders);
        List<String> notes = new ArrayList<>(inference.notes());
        notes.addAll(functional.notes());
        return new FlattenedGraph(clean.toGraphDef(graph.getVersions()), found, fed, notes);
    }
}
