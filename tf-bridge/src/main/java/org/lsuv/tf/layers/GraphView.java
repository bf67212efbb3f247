package org.lsuv.tf.layers;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.PriorityQueue;
import java.util.Set;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.TensorRef;
import org.tensorflow.Graph;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/** Answers questions about the part of a graph that its outputs need. */
final class GraphView implements AutoCloseable {
    /** Operations that ask for the size of a value only. */
    private static final Set<String> SIZES = Set.of("Shape", "ShapeN", "Size", "Rank");

    private final Graph graph = new Graph();
    private final Map<String, NodeDef> nodes = new HashMap<>();
    private final Map<TensorRef, List<NodeDef>> readers = new HashMap<>();
    private final Set<TensorRef> outputs;
    private final List<NodeDef> order;
    private final SmallIntegers integers = new SmallIntegers(this);

    /**
     * Reads a graph.
     *
     * @throws UnsupportedModelException if TensorFlow does not take it
     */
    GraphView(GraphDef definition, Collection<TensorRef> outputs) {
        this.outputs = Set.copyOf(outputs);
        try {
            graph.importGraphDef(definition);
        } catch (TensorFlowException | IllegalArgumentException | UnsupportedOperationException refused) {
            graph.close();
            throw new UnsupportedModelException(
                    "TensorFlow does not take the graph: "
                            + String.valueOf(refused.getMessage())
                                    .lines()
                                    .findFirst()
                                    .orElse(""),
                    refused);
        }
        Map<String, Integer> places = new HashMap<>();
        definition.getNodeList().forEach(node -> places.put(node.getName(), places.size()));
        // As TensorFlow gives it back, every attribute is there, those with their default included.
        graph.toGraphDef().getNodeList().forEach(node -> nodes.put(node.getName(), node));
        this.order = ordered(places);
        for (NodeDef node : order) {
            for (TensorRef input : inputs(node)) {
                readers.computeIfAbsent(input, key -> new ArrayList<>()).add(node);
            }
        }
    }

    /** Returns nodes after those that they read, as far as possible in the order of the definition. */
    private List<NodeDef> ordered(Map<String, Integer> places) {
        Map<String, Set<String>> makers = new HashMap<>();
        Map<String, List<String>> made = new HashMap<>();
        List<String> open = new ArrayList<>();
        outputs.forEach(output -> open.add(output.op()));
        PriorityQueue<String> ready =
                new PriorityQueue<>((one, other) -> Integer.compare(place(places, one), place(places, other)));
        while (!open.isEmpty()) {
            String name = open.remove(open.size() - 1);
            if (makers.containsKey(name)) {
                continue;
            }
            Set<String> read = new HashSet<>();
            node(name).getInputList().forEach(input -> read.add(TensorRef.maker(input)));
            open.addAll(read);
            // The loops of TensorFlow 1 are closed by edges that run backwards.
            read.removeIf(maker -> node(maker).getOp().endsWith("NextIteration"));
            makers.put(name, read);
            read.forEach(maker ->
                    made.computeIfAbsent(maker, key -> new ArrayList<>()).add(name));
            if (read.isEmpty()) {
                ready.add(name);
            }
        }
        List<NodeDef> sorted = new ArrayList<>();
        while (!ready.isEmpty()) {
            String name = ready.remove();
            sorted.add(node(name));
            for (String reader : made.getOrDefault(name, List.of())) {
                Set<String> left = makers.getOrDefault(reader, Set.of());
                if (left.remove(name) && left.isEmpty()) {
                    ready.add(reader);
                }
            }
        }
        if (sorted.size() < makers.size()) {
            throw new UnsupportedModelException("operations of the graph read each other in a circle");
        }
        return sorted;
    }

    private static int place(Map<String, Integer> places, String name) {
        return places.getOrDefault(name, 0);
    }

    /** Returns the nodes that outputs depend on, each after those that it reads. */
    List<NodeDef> order() {
        return order;
    }

    NodeDef node(String name) {
        NodeDef node = nodes.get(name);
        if (node == null) {
            throw new IllegalArgumentException("there is no operation " + name);
        }
        return node;
    }

    NodeDef producer(TensorRef tensor) {
        return node(tensor.op());
    }

    /** Returns the tensors that a node reads. */
    static List<TensorRef> inputs(NodeDef node) {
        return node.getInputList().stream()
                .filter(input -> !input.startsWith("^"))
                .map(TensorRef::parse)
                .toList();
    }

    /** Returns one of the tensors that a node reads. */
    static TensorRef input(NodeDef node, int position) {
        return TensorRef.parse(node.getInput(position));
    }

    static TensorRef output(NodeDef node) {
        return new TensorRef(node.getName(), 0);
    }

    /** Returns the nodes that read the values of a tensor, each as often as it does. */
    List<NodeDef> readers(TensorRef tensor) {
        return readers.getOrDefault(tensor, List.of()).stream()
                .filter(node -> !SIZES.contains(node.getOp()))
                .toList();
    }

    /** Returns the one node that reads a tensor, if nothing else does, the outputs of the graph included. */
    Optional<NodeDef> onlyReader(TensorRef tensor) {
        List<NodeDef> found = readers(tensor);
        return found.size() == 1 && !isOutput(tensor) ? Optional.of(found.get(0)) : Optional.empty();
    }

    boolean isOutput(TensorRef tensor) {
        return outputs.contains(tensor);
    }

    /** Returns what is known of the shape of a tensor. */
    Shape shape(TensorRef tensor) {
        return graph.operationOrThrow(tensor.op()).output(tensor.index()).shape();
    }

    OptionalInt rank(TensorRef tensor) {
        Shape shape = shape(tensor);
        return shape.isUnknown() ? OptionalInt.empty() : OptionalInt.of(shape.numDimensions());
    }

    /** Returns the size along an axis, −1 where it is not known. */
    long size(TensorRef tensor, int axis) {
        Shape shape = shape(tensor);
        return shape.isUnknown() || axis >= shape.numDimensions() || axis < -shape.numDimensions()
                ? -1
                : shape.get(Math.floorMod(axis, shape.numDimensions()));
    }

    /** Returns the integers that a tensor holds in every run; empty where they are not known or many. */
    Optional<long[]> integers(TensorRef tensor) {
        return integers.of(tensor);
    }

    static boolean flag(NodeDef node, String attribute) {
        return node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).getB();
    }

    /** Returns a text attribute, as operations have it for layouts and equations. */
    static String text(NodeDef node, String attribute, String otherwise) {
        AttrValue value = node.getAttrMap().get(attribute);
        return value == null ? otherwise : value.getS().toStringUtf8();
    }

    @Override
    public void close() {
        graph.close();
    }
}
