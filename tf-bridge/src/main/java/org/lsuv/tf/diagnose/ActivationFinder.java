package org.lsuv.tf.diagnose;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.lsuv.tf.TensorRef;
import org.tensorflow.ndarray.Shape;

/**
 * Finds the non-linearities of a graph, be they one operation or spelled with several: a tensor that is computed value
 * by value from another one, with constants alone beside it, through an operation that bends.
 */
final class ActivationFinder {
    private static final Set<String> STRAIGHT = Set.of(
            "Add",
            "AddV2",
            "Sub",
            "Mul",
            "Div",
            "RealDiv",
            "DivNoNan",
            "Neg",
            "Identity",
            "Cast",
            "Square",
            "Pow",
            "Sqrt",
            "Exp",
            "Log",
            "Reciprocal",
            "Inv",
            "Sign",
            "Less",
            "LessEqual",
            "Greater",
            "GreaterEqual",
            "LogicalNot",
            "LogicalAnd",
            "LogicalOr",
            "Abs",
            "MulNoNan",
            "StopGradient",
            "AddN",
            "Sinh",
            "Cosh");

    private static final Set<String> BENDING = Set.of(
            "Relu",
            "Relu6",
            "Elu",
            "Selu",
            "LeakyRelu",
            "Sigmoid",
            "Tanh",
            "Softplus",
            "Softsign",
            "Erf",
            "Erfc",
            "Expm1",
            "ClipByValue",
            "Sin",
            "Cos",
            "Atan",
            "Log1p",
            "Xlogy");

    /** These also guard a division or a root, where they read a sum over many values. */
    private static final Set<String> CHOOSING = Set.of("Maximum", "Minimum", "Select", "SelectV2");

    private static final Set<String> SUMS =
            Set.of("Mean", "Sum", "Max", "Min", "Prod", "Sqrt", "Rsqrt", "Square", "SquaredDifference", "Exp");

    /** More operations than these spell no activation. */
    private static final int LONGEST = 40;

    private final SignalGraph graph;
    /** What each tensor is a function of, the nearest first, itself included. */
    private final Map<TensorRef, List<TensorRef>> roots = new HashMap<>();
    /** The same beyond an operation with a parameter for each channel, which only counts where ways meet again. */
    private final Map<TensorRef, List<TensorRef>> behindParameters = new HashMap<>();

    private ActivationFinder(SignalGraph graph) {
        this.graph = graph;
    }

    /** Returns the non-linearities in execution order. */
    static List<ActivationFunction> find(SignalGraph graph) {
        return new ActivationFinder(graph).find();
    }

    private List<ActivationFunction> find() {
        Map<TensorRef, ActivationFunction> found = new LinkedHashMap<>();
        for (String name : graph.inOrder()) {
            if (!graph.isSignal(name) || !isElementwise(name)) {
                continue;
            }
            trace(name);
            TensorRef output = new TensorRef(name, 0);
            if (graph.isMeasurable(output)) {
                function(output).ifPresent(function -> found.put(output, function));
            }
        }
        Set<TensorRef> inner = new HashSet<>();
        found.values().forEach(function -> function.nodes().stream()
                .map(node -> new TensorRef(node, 0))
                .filter(tensor -> !tensor.equals(function.output()) && isReadWithin(tensor, function))
                .forEach(inner::add));
        return found.values().stream()
                .filter(function -> !inner.contains(function.output()))
                .toList();
    }

    private boolean isReadWithin(TensorRef tensor, ActivationFunction function) {
        return function.nodes().containsAll(graph.readers(tensor.op()));
    }

    private boolean isElementwise(String name) {
        String op = graph.op(name);
        return STRAIGHT.contains(op) || BENDING.contains(op) || CHOOSING.contains(op);
    }

    private void trace(String name) {
        List<TensorRef> signals = graph.inputs(name).stream()
                .filter(input -> graph.isSignal(input.op()))
                .distinct()
                .toList();
        boolean plain = graph.inputs(name).stream()
                .filter(input -> !graph.isSignal(input.op()))
                .allMatch(this::isNumber);
        TensorRef output = new TensorRef(name, 0);
        List<TensorRef> beyond = new ArrayList<>();
        if (signals.size() == 1) {
            beyond.addAll(roots(signals.get(0)));
        } else if (!signals.isEmpty()) {
            beyond.addAll(reach(signals.get(0)));
            signals.forEach(input -> beyond.retainAll(reach(input)));
        }
        List<TensorRef> own = new ArrayList<>(List.of(output));
        if (plain) {
            own.addAll(beyond);
        } else {
            behindParameters.put(output, beyond);
        }
        roots.put(output, own.subList(0, Math.min(own.size(), LONGEST)));
    }

    private List<TensorRef> roots(TensorRef tensor) {
        return roots.getOrDefault(tensor, List.of(tensor));
    }

    private List<TensorRef> reach(TensorRef tensor) {
        return Stream.concat(roots(tensor).stream(), behindParameters.getOrDefault(tensor, List.of()).stream())
                .toList();
    }

    private boolean isNumber(TensorRef tensor) {
        Shape shape = graph.shape(tensor);
        return !shape.isUnknown() && !shape.hasUnknownDimension() && shape.size() == 1;
    }

    private Optional<ActivationFunction> function(TensorRef output) {
        for (TensorRef root : roots(output)) {
            if (root.equals(output) || !graph.isMeasurable(root)) {
                continue;
            }
            Optional<List<String>> region = region(root, output);
            if (region.isEmpty()) {
                return Optional.empty();
            }
            if (bends(root, region.get())) {
                return sameShape(root, output)
                        ? Optional.of(new ActivationFunction(root, output, region.get()))
                        : Optional.empty();
            }
        }
        return Optional.empty();
    }

    private boolean bends(TensorRef root, List<String> region) {
        boolean bends = region.stream().map(graph::op).anyMatch(BENDING::contains);
        boolean chooses = region.stream().map(graph::op).anyMatch(CHOOSING::contains);
        return bends || (chooses && !SUMS.contains(graph.op(root.op())));
    }

    private boolean sameShape(TensorRef root, TensorRef output) {
        Shape from = graph.shape(root);
        Shape to = graph.shape(output);
        return from.isUnknown() || to.isUnknown() || from.isCompatibleWith(to);
    }

    /** Returns the operations between a tensor and what it is a function of; nothing where they are too many. */
    private Optional<List<String>> region(TensorRef root, TensorRef output) {
        Set<String> found = new LinkedHashSet<>();
        Deque<TensorRef> open = new ArrayDeque<>(List.of(output));
        while (!open.isEmpty()) {
            TensorRef tensor = open.remove();
            if (tensor.equals(root) || !graph.isSignal(tensor.op()) || !found.add(tensor.op())) {
                continue;
            }
            if (found.size() > LONGEST || !isElementwise(tensor.op())) {
                return Optional.empty();
            }
            open.addAll(graph.inputs(tensor.op()));
        }
        return Optional.of(sorted(found));
    }

    /** Sorts a few operations so that each comes after what it reads. */
    private List<String> sorted(Set<String> region) {
        List<String> sorted = new ArrayList<>();
        Set<String> left = new LinkedHashSet<>(region);
        while (!left.isEmpty()) {
            List<String> ready = left.stream()
                    .filter(name ->
                            graph.inputs(name).stream().map(TensorRef::op).noneMatch(left::contains))
                    .toList();
            sorted.addAll(ready);
            ready.forEach(left::remove);
        }
        return sorted;
    }
}
