package org.lsuv.tf.nodes;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.lsuv.tf.OpDefinitions;
import org.lsuv.tf.TensorRef;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.FunctionDefLibrary;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.VersionDef;

/**
 * Holds a graph without calls. Only operations such as {@code While}, which run what they are given as attributes
 * themselves, still have functions.
 *
 * @param main the graph
 * @param functions the bodies of those functions, by name
 */
public record FlatGraph(NodeGraph main, Map<String, NodeGraph> functions) {

    public FlatGraph {
        functions = Collections.unmodifiableMap(new LinkedHashMap<>(functions));
    }

    /** Returns this graph with what a pass makes of it and of each body. */
    public FlatGraph map(Function<NodeGraph, NodeGraph> pass) {
        Map<String, NodeGraph> mapped = new LinkedHashMap<>();
        functions.forEach((name, body) -> mapped.put(name, pass.apply(body)));
        return new FlatGraph(pass.apply(main), mapped);
    }

    /** Returns only what the results depend on. */
    public FlatGraph pruned() {
        NodeGraph left = main.pruned();
        Map<String, NodeGraph> used = new LinkedHashMap<>();
        Deque<NodeGraph> open = new ArrayDeque<>(List.of(left));
        while (!open.isEmpty()) {
            for (NodeDef node : open.pop().nodes().values()) {
                for (String name : functionsOf(node)) {
                    NodeGraph body = functions.get(name);
                    if (body != null && !used.containsKey(name)) {
                        NodeGraph pruned = body.pruned();
                        used.put(name, pruned);
                        open.push(pruned);
                    }
                }
            }
        }
        return new FlatGraph(left, used);
    }

    /** Returns the names of the functions that a node runs. */
    public static List<String> functionsOf(NodeDef node) {
        List<String> names = new ArrayList<>();
        for (AttrValue value : node.getAttrMap().values()) {
            if (value.hasFunc()) {
                names.add(value.getFunc().getName());
            } else if (value.hasList()) {
                value.getList().getFuncList().forEach(function -> names.add(function.getName()));
            }
        }
        return names;
    }

    /** Returns the graph in TensorFlow's form. */
    public GraphDef toGraphDef(VersionDef versions) {
        FunctionDefLibrary.Builder library = FunctionDefLibrary.newBuilder();
        Map<String, Boolean> stateful = new LinkedHashMap<>();
        functions.forEach((name, body) -> library.addFunction(function(name, body, stateful)));
        return GraphDef.newBuilder()
                .setVersions(versions)
                .setLibrary(library)
                .addAllNode(main.nodes().values())
                .build();
    }

    private FunctionDef function(String name, NodeGraph body, Map<String, Boolean> stateful) {
        OpDef.Builder signature = OpDef.newBuilder().setName(name).setIsStateful(isStateful(name, functions, stateful));
        for (NodeGraph.Argument argument : body.arguments()) {
            signature.addInputArg(
                    OpDef.ArgDef.newBuilder().setName(argument.name()).setType(argument.type()));
        }
        FunctionDef.Builder function = FunctionDef.newBuilder();
        for (int i = 0; i < body.results().size(); i++) {
            TensorRef result = body.results().get(i);
            signature.addOutputArg(
                    OpDef.ArgDef.newBuilder().setName("result" + i).setType(TensorTypes.of(body, result)));
            function.putRet("result" + i, inFunction(body, result));
        }
        for (NodeDef node : body.nodes().values()) {
            NodeDef.Builder inner = node.toBuilder().clearInput();
            node.getInputList()
                    .forEach(input -> inner.addInput(
                            NodeGraph.isControl(input) ? input : inFunction(body, TensorRef.parse(input))));
            function.addNodeDef(inner);
        }
        return function.setSignature(signature).build();
    }

    /**
     * Tells whether a function has side effects.
     *
     * @param known what was found before, which is added to
     */
    public static boolean isStateful(String name, Map<String, NodeGraph> functions, Map<String, Boolean> known) {
        NodeGraph body = functions.get(name);
        if (body == null) {
            return false;
        }
        Boolean found = known.get(name);
        if (found == null) {
            found = body.nodes().values().stream()
                    .anyMatch(node -> OpDefinitions.find(node.getOp())
                                    .filter(OpDef::getIsStateful)
                                    .isPresent()
                            || functionsOf(node).stream().anyMatch(inner -> isStateful(inner, functions, known)));
            known.put(name, found);
        }
        return found;
    }

    private static String inFunction(NodeGraph body, TensorRef tensor) {
        if (tensor.op().equals(NodeGraph.ARGUMENT)) {
            return body.arguments().get(tensor.index()).name();
        }
        NodeDef node =
                body.node(tensor).orElseThrow(() -> new IllegalStateException("there is no operation " + tensor.op()));
        return OpDefinitions.nameInFunction(OpDefinitions.get(node.getOp()), node, tensor.index());
    }
}
