package org.lsuv.tf.diagnose;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.stream.IntStream;
import org.lsuv.tf.GraphRewrite;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfInput;
import org.lsuv.tf.TfModel;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Looks at a graph as a network: which operation reads which, in an order in which they can run, and which of them
 * carry the signal, that is, depend on the values of the inputs and not on their shapes alone.
 */
final class SignalGraph {
    private static final Set<String> SHAPES_ONLY = Set.of("Shape", "ShapeN", "Size", "Rank", "OnesLike", "ZerosLike");
    private static final Set<DataType> FLOATING =
            Set.of(DataType.DT_FLOAT, DataType.DT_DOUBLE, DataType.DT_HALF, DataType.DT_BFLOAT16);

    private final GraphRewrite graph;
    private final Map<String, NodeDef> nodes = new LinkedHashMap<>();
    private final Map<String, List<TensorRef>> inputs = new HashMap<>();
    private final Map<String, List<String>> readers = new HashMap<>();
    private final Set<String> signal = new HashSet<>();
    private final Set<String> framed = new HashSet<>();

    /**
     * Looks at a graph.
     *
     * @param graph a copy of the model's graph, asked for types and shapes
     */
    SignalGraph(TfModel model, GraphRewrite graph) {
        this.graph = graph;
        Map<String, NodeDef> all = new LinkedHashMap<>();
        model.graph().getNodeList().forEach(node -> all.put(node.getName(), node));
        for (NodeDef node : all.values()) {
            List<TensorRef> read = node.getInputList().stream()
                    .filter(input -> !input.startsWith("^"))
                    .map(TensorRef::parse)
                    .toList();
            inputs.put(node.getName(), read);
            read.stream().map(TensorRef::op).distinct().forEach(from -> readers.computeIfAbsent(
                            from, none -> new ArrayList<>())
                    .add(node.getName()));
        }
        order(model.graph(), all);
        Set<String> starts = new HashSet<>();
        model.inputs().stream().map(TfInput::tensor).map(TensorRef::op).forEach(starts::add);
        for (String name : nodes.keySet()) {
            boolean reads = inputs(name).stream().map(TensorRef::op).anyMatch(signal::contains);
            if (starts.contains(name) || (reads && !SHAPES_ONLY.contains(op(name)))) {
                signal.add(name);
            }
            boolean inFrame = op(name).equals("Enter")
                    || inputs(name).stream().map(TensorRef::op).anyMatch(framed::contains);
            if (inFrame && !op(name).equals("Exit")) {
                framed.add(name);
            }
        }
    }

    /** Sorts operations so that each comes after what it reads, and else as they stand in the file. */
    private void order(GraphDef definition, Map<String, NodeDef> all) {
        Map<String, Integer> position = new HashMap<>();
        Map<String, Integer> missing = new HashMap<>();
        for (NodeDef node : definition.getNodeList()) {
            position.put(node.getName(), position.size());
            // A loop closes through this operation alone.
            long reads = inputs(node.getName()).stream()
                    .map(TensorRef::op)
                    .distinct()
                    .filter(from -> all.containsKey(from)
                            && !Objects.requireNonNull(all.get(from)).getOp().equals("NextIteration"))
                    .count();
            missing.put(node.getName(), (int) reads);
        }
        PriorityQueue<String> ready =
                new PriorityQueue<>((a, b) -> Integer.compare(number(position, a), number(position, b)));
        missing.forEach((name, count) -> {
            if (count == 0) {
                ready.add(name);
            }
        });
        while (!ready.isEmpty()) {
            String name = ready.remove();
            NodeDef node = Objects.requireNonNull(all.get(name));
            nodes.put(name, node);
            if (node.getOp().equals("NextIteration")) {
                continue;
            }
            for (String reader : readers(name)) {
                if (missing.merge(reader, -1, Integer::sum) == 0) {
                    ready.add(reader);
                }
            }
        }
    }

    private static int number(Map<String, Integer> numbers, String name) {
        return Objects.requireNonNull(numbers.get(name));
    }

    /** Returns the names of all operations, each after what it reads. */
    Collection<String> inOrder() {
        return nodes.keySet();
    }

    NodeDef node(String name) {
        return Objects.requireNonNull(nodes.get(name), name);
    }

    String op(String name) {
        return node(name).getOp();
    }

    /** Returns what an operation reads, control edges left out. */
    List<TensorRef> inputs(String name) {
        return inputs.getOrDefault(name, List.of());
    }

    /** Returns all outputs of an operation. */
    List<TensorRef> results(String name) {
        return IntStream.range(0, graph.outputs(name))
                .mapToObj(i -> new TensorRef(name, i))
                .toList();
    }

    /** Returns the operations that read any output of an operation. */
    List<String> readers(String name) {
        return readers.getOrDefault(name, List.of());
    }

    /** Tells whether an operation depends on the values of the inputs. */
    boolean isSignal(String name) {
        return signal.contains(name);
    }

    /** Tells whether a tensor holds floating-point numbers that depend on the values of the inputs. */
    boolean isFloatingSignal(TensorRef tensor) {
        return isSignal(tensor.op()) && isFloating(tensor);
    }

    boolean isFloating(TensorRef tensor) {
        return nodes.containsKey(tensor.op())
                && tensor.index() < graph.outputs(tensor.op())
                && FLOATING.contains(type(tensor));
    }

    /** Tells whether a tensor can be read outside of the loop that computes it. */
    boolean isMeasurable(TensorRef tensor) {
        return isFloating(tensor) && !framed.contains(tensor.op());
    }

    DataType type(TensorRef tensor) {
        return output(tensor).dataType();
    }

    Shape shape(TensorRef tensor) {
        return output(tensor).shape();
    }

    private Output<?> output(TensorRef tensor) {
        return graph.operand(tensor);
    }

    /** Returns the operations that some tensors are computed with, those of the tensors included. */
    Set<String> ancestors(Collection<TensorRef> tensors) {
        Set<String> found = new LinkedHashSet<>();
        Deque<String> open = new ArrayDeque<>();
        tensors.forEach(tensor -> open.add(tensor.op()));
        while (!open.isEmpty()) {
            String name = open.remove();
            if (nodes.containsKey(name) && found.add(name)) {
                inputs(name).forEach(input -> open.add(input.op()));
            }
        }
        return found;
    }
}
