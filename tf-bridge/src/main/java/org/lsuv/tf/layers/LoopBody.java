package org.lsuv.tf.layers;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import org.lsuv.tf.TensorRef;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * Reads the function that a loop runs. Inside of it a tensor is called by an argument's name, or by {@code
 * node:output:index}.
 */
final class LoopBody {
    private final FunctionDef function;
    private final List<String> arguments;
    private final Map<String, NodeDef> nodes = new LinkedHashMap<>();

    LoopBody(FunctionDef function) {
        this.function = function;
        this.arguments = function.getSignature().getInputArgList().stream()
                .map(OpDef.ArgDef::getName)
                .toList();
        function.getNodeDefList().forEach(node -> nodes.put(node.getName(), node));
    }

    FunctionDef function() {
        return function;
    }

    Iterable<NodeDef> nodes() {
        return nodes.values();
    }

    /** Returns what a tensor is a copy of. */
    String original(String tensor) {
        String current = tensor;
        Optional<NodeDef> copy = maker(current, "Identity");
        for (int i = 0; copy.isPresent() && i < nodes.size(); i++) {
            current = copy.get().getInput(0);
            copy = maker(current, "Identity");
        }
        return current;
    }

    /** Returns the node that makes a tensor, if it is such an operation. */
    Optional<NodeDef> maker(String tensor, String operation) {
        return Optional.ofNullable(nodes.get(node(tensor)))
                .filter(node -> tensor.contains(":") && node.getOp().equals(operation));
    }

    /** Returns the place of the argument that a tensor is a copy of, if it keeps its value in all iterations. */
    OptionalInt invariant(String tensor) {
        int place = arguments.indexOf(original(tensor));
        return place >= 0 && original(result(place)).equals(arguments.get(place))
                ? OptionalInt.of(place)
                : OptionalInt.empty();
    }

    String argument(int place) {
        return arguments.get(place);
    }

    /** Returns the place of the argument that a tensor is a copy of, −1 if it is none. */
    int place(String tensor) {
        return arguments.indexOf(original(tensor));
    }

    /** Returns what the function gives, in order. */
    List<String> results() {
        List<String> results = new ArrayList<>();
        for (int i = 0; i < function.getSignature().getOutputArgCount(); i++) {
            results.add(result(i));
        }
        return results;
    }

    /** Returns the name of the node that makes a tensor; that of an argument is its own. */
    static String node(String tensor) {
        return tensor.split(":", 2)[0];
    }

    /** Returns the tensors that a node reads; none for an argument. */
    List<String> inputs(String node) {
        NodeDef maker = nodes.get(node);
        return maker == null ? List.of() : inputs(maker);
    }

    /**
     * Holds what tensors are made of.
     *
     * @param nodes the names of nodes
     * @param places the places of arguments
     */
    record Reach(Set<String> nodes, Set<Integer> places) {}

    /**
     * Returns what tensors are made of.
     *
     * @param given tensors that need not be made
     */
    Reach reach(List<String> tensors, Set<String> given) {
        Reach reach = new Reach(new HashSet<>(), new HashSet<>());
        List<String> open = new ArrayList<>(tensors);
        while (!open.isEmpty()) {
            String tensor = open.remove(open.size() - 1);
            String node = node(tensor);
            int argument = arguments.indexOf(tensor);
            if (argument >= 0) {
                reach.places.add(argument);
            } else if (!given.contains(tensor) && reach.nodes.add(node)) {
                open.addAll(inputs(node));
            }
        }
        return reach;
    }

    /** Returns what an argument is in the next step. */
    String result(int place) {
        String name = function.getSignature().getOutputArg(place).getName();
        return function.getRetOrDefault(name, "");
    }

    /** Returns the nodes that read an argument or copies of it, the copies not counted. */
    List<NodeDef> readers(int argument) {
        List<NodeDef> readers = new ArrayList<>();
        for (NodeDef node : nodes.values()) {
            boolean copies = node.getOp().equals("Identity");
            node.getInputList().stream()
                    .filter(input -> !copies && original(input).equals(arguments.get(argument)))
                    .forEach(input -> readers.add(node));
        }
        return readers;
    }

    /** Tells whether a node makes nothing but a copy of an argument. */
    boolean copies(NodeDef node, int argument) {
        return node.getOp().equals("Identity") && original(node.getInput(0)).equals(arguments.get(argument));
    }

    /**
     * Returns the tensor of all steps, outside, that became the list which a node takes an element from.
     *
     * @param loop what runs this body
     * @param item takes the element, inside
     * @param outside finds what is around the loop by name
     */
    Optional<TensorRef> listed(NodeDef loop, NodeDef item, Function<String, NodeDef> outside) {
        OptionalInt list = invariant(item.getInput(0));
        if (list.isEmpty()) {
            return Optional.empty();
        }
        NodeDef maker = outside.apply(GraphView.input(loop, list.getAsInt()).op());
        while (maker.getOp().equals("Identity")) {
            maker = outside.apply(GraphView.input(maker, 0).op());
        }
        return maker.getOp().equals("TensorListFromTensor") ? Optional.of(GraphView.input(maker, 0)) : Optional.empty();
    }

    /** Returns the inputs of a node that are tensors. */
    static List<String> inputs(NodeDef node) {
        return node.getInputList().stream()
                .filter(input -> !input.startsWith("^"))
                .toList();
    }
}
