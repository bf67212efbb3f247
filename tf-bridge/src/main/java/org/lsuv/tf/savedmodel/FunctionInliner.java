package org.lsuv.tf.savedmodel;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.OpDefinitions;
import org.lsuv.tf.nodes.FlatGraph;
import org.lsuv.tf.nodes.NodeCheck;
import org.lsuv.tf.nodes.NodeGraph;
import org.lsuv.tf.nodes.Redirections;
import org.lsuv.tf.nodes.Splice;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.FunctionDefLibrary;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * Puts the bodies of functions in the places of their calls, so that every value in them can be read from outside. A
 * node of a body is called after the call and itself, {@code call/node}.
 *
 * <p>Control flow that runs functions keeps them; the calls inside of them are replaced as well.
 */
final class FunctionInliner {
    /** Says in which function a constant was stored, and under which name. */
    static final String ORIGIN_FUNCTION = "_lsuv_function";

    static final String ORIGIN_NODE = "_lsuv_node";

    private static final int MOST_DEPTH = 200;
    private static final int MOST_NODES = 5_000_000;

    /** Operations that call a function, with the attribute that names it. */
    private static final Map<String, String> CALLS = Map.of(
            "PartitionedCall", "f",
            "StatefulPartitionedCall", "f",
            "BatchFunction", "f",
            "XlaLaunch", "function");

    private final Map<String, FunctionDef> library = new HashMap<>();
    private final Map<String, OpDef> stripped = new HashMap<>();
    private final Map<NameAttrList, NodeGraph> bodies = new HashMap<>();
    private final Map<String, NodeGraph> kept = new LinkedHashMap<>();
    private final Map<NameAttrList, String> keptNames = new HashMap<>();
    private final Deque<String> open = new ArrayDeque<>();
    private final Set<String> updates = new TreeSet<>();
    private int nodes;

    /**
     * Creates an inliner.
     *
     * @param functions the functions
     * @param operations definitions of operations that TensorFlow here may lack
     */
    FunctionInliner(FunctionDefLibrary functions, List<OpDef> operations) {
        functions
                .getFunctionList()
                .forEach(function -> library.put(function.getSignature().getName(), function));
        operations.forEach(operation -> stripped.put(operation.getName(), operation));
    }

    /**
     * Returns a graph without calls and without what its results do not need.
     *
     * @throws UnsupportedModelException if a function calls itself
     * @throws OnnxFormatException if a function is missing, or what it reads is
     */
    FlatGraph inline(NodeGraph graph) {
        NodeGraph main = inlined(graph);
        return new FlatGraph(main, kept).pruned();
    }

    /** Returns the operations that would have changed variables, in the functions that were called. */
    Set<String> updates() {
        return updates;
    }

    private NodeGraph inlined(NodeGraph graph) {
        NodeCheck.check(graph.pruned(), this::definition);
        NodeGraph needed = graph.withoutOrder().pruned();
        if (!open.isEmpty()) {
            graph.nodes().values().stream()
                    .filter(node -> node.getOp().startsWith("Assign"))
                    .forEach(node -> updates.add(node.getName()));
        }
        Map<String, NodeDef> all = new LinkedHashMap<>();
        Redirections results = new Redirections();
        for (NodeDef node : needed.nodes().values()) {
            Optional<NameAttrList> called = called(node);
            if (called.isPresent()) {
                NodeGraph body = body(called.get(), node.getName());
                count(body);
                new Splice(node, NodeGraph.data(node), body)
                        .into(all, needed.nodes().keySet(), results);
            } else {
                all.put(node.getName(), keepFunctions(node));
            }
        }
        return results.apply(needed.with(all, needed.results())).pruned();
    }

    /** Returns the function that a node calls, if it is a call. */
    private Optional<NameAttrList> called(NodeDef node) {
        String attribute = CALLS.getOrDefault(node.getOp(), "");
        AttrValue function = node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance());
        if (function.hasFunc()) {
            return Optional.of(forCpu(function.getFunc()));
        }
        if (!library.containsKey(node.getOp())) {
            return Optional.empty();
        }
        NameAttrList.Builder direct = NameAttrList.newBuilder().setName(node.getOp());
        library.get(node.getOp()).getSignature().getAttrList().forEach(attr -> {
            if (node.containsAttr(attr.getName())) {
                direct.putAttr(attr.getName(), node.getAttrOrThrow(attr.getName()));
            }
        });
        return Optional.of(direct.build());
    }

    /** Keras stores a layer as several functions of one meaning; the one for GPUs may run nowhere else. */
    private NameAttrList forCpu(NameAttrList function) {
        FunctionDef called = library.getOrDefault(function.getName(), FunctionDef.getDefaultInstance());
        String meaning = text(called, "api_implements");
        if (meaning.isEmpty() || !text(called, "api_preferred_device").equals("GPU")) {
            return function;
        }
        return library.values().stream()
                .filter(other -> text(other, "api_implements").equals(meaning)
                        && text(other, "api_preferred_device").equals("CPU")
                        && types(other.getSignature()).equals(types(called.getSignature())))
                .map(other -> function.toBuilder()
                        .setName(other.getSignature().getName())
                        .build())
                .min(Comparator.comparing(NameAttrList::getName))
                .orElse(function);
    }

    private static String text(FunctionDef function, String attribute) {
        return function.getAttrOrDefault(attribute, AttrValue.getDefaultInstance())
                .getS()
                .toStringUtf8();
    }

    private static List<Integer> types(OpDef signature) {
        return Stream.concat(signature.getInputArgList().stream(), signature.getOutputArgList().stream())
                .map(OpDef.ArgDef::getTypeValue)
                .toList();
    }

    private void count(NodeGraph body) {
        nodes += body.nodes().size();
        if (nodes > MOST_NODES) {
            throw new UnsupportedModelException(
                    "its functions call each other so often that more than " + MOST_NODES + " operations result");
        }
    }

    /** Lets control flow name bodies in which calls are replaced, and whose attributes are bound. */
    private NodeDef keepFunctions(NodeDef node) {
        if (FlatGraph.functionsOf(node).isEmpty()) {
            return node;
        }
        NodeDef.Builder changed = node.toBuilder();
        node.getAttrMap().forEach((name, value) -> {
            if (value.hasFunc()) {
                changed.putAttr(
                        name,
                        value.toBuilder().setFunc(keep(value.getFunc(), node)).build());
            } else if (value.hasList() && value.getList().getFuncCount() > 0) {
                AttrValue.Builder list = value.toBuilder();
                for (int i = 0; i < value.getList().getFuncCount(); i++) {
                    list.getListBuilder().setFunc(i, keep(value.getList().getFunc(i), node));
                }
                changed.putAttr(name, list.build());
            }
        });
        return changed.build();
    }

    private NameAttrList keep(NameAttrList function, NodeDef node) {
        if (!library.containsKey(function.getName())) {
            return function;
        }
        String known = keptNames.get(function);
        if (known == null) {
            NodeGraph body = body(function, node.getName());
            known = function.getName();
            for (int i = 1; kept.containsKey(known); i++) {
                known = function.getName() + "_" + i;
            }
            kept.put(known, body);
            keptNames.put(function, known);
        }
        return NameAttrList.newBuilder().setName(known).build();
    }

    private NodeGraph body(NameAttrList function, String caller) {
        NodeGraph known = bodies.get(function);
        if (known != null) {
            return known;
        }
        FunctionDef definition = library.get(function.getName());
        if (definition == null) {
            throw new OnnxFormatException(
                    "node \"" + caller + "\": calls \"" + function.getName() + "\", which is not in the file");
        }
        if (open.contains(function.getName()) || open.size() > MOST_DEPTH) {
            throw new UnsupportedModelException(
                    "function \"" + function.getName() + "\": calls itself, which is not supported");
        }
        open.push(function.getName());
        NodeGraph body = inlined(new FunctionBody(definition, function.getAttrMap(), this::definition).read());
        open.pop();
        bodies.put(function, body);
        return body;
    }

    private Optional<OpDef> definition(String type) {
        FunctionDef function = library.get(type);
        return function != null
                ? Optional.of(function.getSignature())
                : OpDefinitions.find(type).or(() -> Optional.ofNullable(stripped.get(type)));
    }
}
