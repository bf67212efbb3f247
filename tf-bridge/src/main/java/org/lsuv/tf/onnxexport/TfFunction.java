package org.lsuv.tf.onnxexport;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.OpDefinitions;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.nodes.AttrValues;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * Holds the body of a function as a graph.
 *
 * @param graph what its results depend on
 * @param arguments the placeholders that stand for its arguments, also for those that nothing reads
 * @param results the tensors that it returns
 */
record TfFunction(TfGraph graph, List<TensorRef> arguments, List<TensorRef> results) {

    /**
     * Reads a function from the library of a graph.
     *
     * @param shapes what is known of the shapes of the arguments; those behind the end of the list are open
     */
    static TfFunction of(TfGraph caller, String name, List<Shape> shapes) {
        FunctionDef function = caller.definition().getLibrary().getFunctionList().stream()
                .filter(candidate -> candidate.getSignature().getName().equals(name))
                .findFirst()
                .orElseThrow(() -> new UnsupportedModelException("the graph has no function \"" + name + "\""));
        GraphDef.Builder graph = GraphDef.newBuilder()
                .setVersions(caller.definition().getVersions())
                .setLibrary(caller.definition().getLibrary());
        List<TensorRef> arguments = new ArrayList<>();
        Map<String, TensorRef> named = new HashMap<>();
        for (OpDef.ArgDef argument : function.getSignature().getInputArgList()) {
            int index = arguments.size();
            Shape shape = index < shapes.size() ? shapes.get(index) : Shape.unknown();
            graph.addNode(AttrValues.placeholder(argument.getName(), argument.getType(), AttrValues.shape(shape)));
            TensorRef tensor = new TensorRef(argument.getName(), 0);
            arguments.add(tensor);
            named.put(argument.getName(), tensor);
        }
        Map<String, NodeDef> nodes = new HashMap<>();
        function.getNodeDefList().forEach(node -> nodes.put(node.getName(), node));
        for (NodeDef node : function.getNodeDefList()) {
            NodeDef.Builder outer = node.toBuilder().clearInput();
            node.getInputList().stream()
                    .filter(input -> !input.startsWith("^"))
                    .forEach(input -> outer.addInput(tensor(input, nodes, named).toString()));
            graph.addNode(outer);
        }
        List<TensorRef> results = function.getSignature().getOutputArgList().stream()
                .map(result -> tensor(function.getRetOrThrow(result.getName()), nodes, named))
                .toList();
        return new TfFunction(TfGraph.of(graph.build(), results), arguments, results);
    }

    /** Inside a function an output is called {@code node:name:place}, its place counted under that name. */
    private static TensorRef tensor(String reference, Map<String, NodeDef> nodes, Map<String, TensorRef> arguments) {
        TensorRef argument = arguments.get(reference);
        if (argument != null) {
            return argument;
        }
        String[] parts = reference.split(":", -1);
        NodeDef node = nodes.get(parts[0]);
        if (node == null || parts.length != 3) {
            throw new UnsupportedModelException("function: \"" + reference + "\" names no tensor");
        }
        int first = OpDefinitions.find(node.getOp())
                .flatMap(definition -> OpDefinitions.firstOutput(definition, node, parts[1]))
                .orElseThrow(() -> new UnsupportedModelException(
                        "function: \"" + reference + "\" names no output of " + node.getOp()));
        return new TensorRef(parts[0], first + Integer.parseInt(parts[2]));
    }

    /** Returns the argument that a tensor is, passed through operations that change nothing; −1 if it is none. */
    int argument(TensorRef tensor) {
        return arguments.indexOf(origin(tensor));
    }

    /** Returns the tensor that one is, passed through operations that change nothing. */
    TensorRef origin(TensorRef tensor) {
        TensorRef origin = tensor;
        while (graph.node(origin).op().equals("Identity")) {
            origin = graph.node(origin).inputs().get(0);
        }
        return origin;
    }
}
