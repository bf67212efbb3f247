package org.lsuv.tf.gradients;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.lsuv.tf.GraphRewrite;
import org.lsuv.tf.TensorRef;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Walks the way that a gradient would take, before TensorFlow is asked for it: back from what the loss reads, through
 * operations that depend on the values of which the gradient is wanted. No gradient goes to numbers other than
 * floating-point ones.
 */
public final class GradientPath {
    private static final Set<DataType> CARRYING = Set.of(
            DataType.DT_HALF,
            DataType.DT_BFLOAT16,
            DataType.DT_FLOAT,
            DataType.DT_DOUBLE,
            DataType.DT_COMPLEX64,
            DataType.DT_COMPLEX128);

    private final GraphRewrite rewrite;
    private final Map<String, NodeDef> nodes = new HashMap<>();
    private final Map<String, List<TensorRef>> inputs = new HashMap<>();
    private final Set<String> depending;

    /**
     * Looks at a graph.
     *
     * @param rewrite a copy of the graph, asked for types and shapes
     * @param sources the values of which the gradient is wanted
     */
    public GradientPath(GraphDef graph, GraphRewrite rewrite, Collection<TensorRef> sources) {
        this.rewrite = rewrite;
        Map<String, List<String>> readers = new HashMap<>();
        for (NodeDef node : graph.getNodeList()) {
            nodes.put(node.getName(), node);
            List<TensorRef> read = node.getInputList().stream()
                    .filter(input -> !input.startsWith("^"))
                    .map(TensorRef::parse)
                    .toList();
            inputs.put(node.getName(), read);
            read.forEach(input -> readers.computeIfAbsent(input.op(), none -> new ArrayList<>())
                    .add(node.getName()));
        }
        this.depending = closure(sources, op -> readers.getOrDefault(op, List.of()));
    }

    /**
     * Returns the operations on the way, each with the form of it that matters, for which TensorFlow has no gradient
     * that can be asked for; sorted, empty if it may be asked.
     *
     * @param ends what the loss reads
     */
    public List<String> obstacles(Collection<TensorRef> ends) {
        Set<String> found = new TreeSet<>();
        // A loop lies in the way even where no gradient enters it: TensorFlow waits for all readers of a value.
        closure(ends, op -> inputs(op).stream().map(TensorRef::op).toList()).stream()
                .filter(depending::contains)
                .map(op -> node(op).getOp())
                .filter(RegisteredGradients.LOOPS::contains)
                .forEach(found::add);
        Set<String> visited = new HashSet<>();
        Deque<TensorRef> open = new ArrayDeque<>(ends);
        while (!open.isEmpty()) {
            TensorRef tensor = open.remove();
            String op = tensor.op();
            if (carries(tensor) && isAsked(op) && visited.add(op)) {
                List<Shape> shapes =
                        inputs(op).stream().map(input -> output(input).shape()).toList();
                RegisteredGradients.missing(new RegisteredGradients.Use(node(op), shapes))
                        .ifPresent(found::add);
                open.addAll(inputs(op));
            }
        }
        return List.copyOf(found);
    }

    private boolean carries(TensorRef tensor) {
        return depending.contains(tensor.op())
                && CARRYING.contains(output(tensor).dataType());
    }

    private boolean isAsked(String op) {
        return !RegisteredGradients.STOPS.contains(node(op).getOp())
                && inputs(op).stream().map(TensorRef::op).anyMatch(depending::contains);
    }

    private Output<?> output(TensorRef tensor) {
        return rewrite.operand(tensor);
    }

    private NodeDef node(String op) {
        return Objects.requireNonNull(nodes.get(op), op);
    }

    private List<TensorRef> inputs(String op) {
        return Objects.requireNonNull(inputs.get(op), op);
    }

    private static Set<String> closure(Collection<TensorRef> from, Function<String, List<String>> next) {
        Set<String> found = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(from.stream().map(TensorRef::op).toList());
        while (!open.isEmpty()) {
            String op = open.remove();
            if (found.add(op)) {
                open.addAll(next.apply(op));
            }
        }
        return found;
    }
}
