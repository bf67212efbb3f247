package org.lsuv.onnx.layers;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.lsuv.onnx.ConstantNode;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;

/**
 * Finds weights and biases that nodes put together from several stored tensors, or cut out of one. PyTorch writes
 * the gates of its recurrent layers in another order than ONNX, and the projections of a cross attention in one
 * tensor: without constant folding its files hold the tensors as PyTorch has them, and nodes that rearrange them.
 */
public final class RearrangedOperands {
    private final OnnxGraph graph;
    private final WeightTracer tracer;
    private final InputDependence dependence;
    private final Rearrangement rearrangement;
    private final Map<String, Set<OnnxNode>> readers = new LinkedHashMap<>();

    private RearrangedOperands(OnnxGraph graph) {
        this.graph = graph;
        this.tracer = new WeightTracer(graph);
        this.dependence = new InputDependence(graph);
        this.rearrangement = new Rearrangement(graph);
    }

    /**
     * Returns the operands of which nothing but operators with weights reads any part. Which element is which, and
     * whether any is there twice, their structure does not tell.
     */
    public static List<RearrangedOperand> in(OnnxGraph graph) {
        return new RearrangedOperands(graph).find();
    }

    private List<RearrangedOperand> find() {
        for (OnnxNode node : graph.nodes()) {
            if (node.function().isEmpty() && dependence.reaches(node)) {
                operands(node)
                        .forEach(value -> readers.computeIfAbsent(value, name -> new HashSet<>())
                                .add(node));
            }
        }
        Map<String, RearrangedOperand> found = new LinkedHashMap<>();
        for (String value : readers.keySet()) {
            if (!value.isEmpty()
                    && !dependence.reaches(value)
                    && tracer.trace(value).isEmpty()
                    && tracer.traceWeight(value).isEmpty()) {
                rearrangement.of(value).ifPresent(operand -> found.put(value, operand));
            }
        }
        return withoutOtherReaders(found);
    }

    /** Returns what a node reads as a weight, or as the bias behind one. */
    private List<String> operands(OnnxNode node) {
        if (node.is("Add")) {
            return IntStream.range(0, 2)
                    .filter(i -> graph.producer(node.input(1 - i))
                            .filter(WeightedOperators::has)
                            .isPresent())
                    .mapToObj(node::input)
                    .toList();
        }
        if (!WeightedOperators.has(node)) {
            return List.of();
        }
        return RecurrentKernels.of(node).isPresent()
                ? List.of(node.input(1), node.input(2), node.input(3))
                : node.inputs();
    }

    /** New values for an operand must change nothing else: refusing one may leave another with a stranger. */
    private List<RearrangedOperand> withoutOtherReaders(Map<String, RearrangedOperand> found) {
        Map<String, RearrangedOperand> left = new LinkedHashMap<>(found);
        boolean changed = true;
        while (changed) {
            Set<Integer> allowed = new HashSet<>();
            left.values().forEach(operand -> allowed.addAll(operand.nodes()));
            Set<String> operands = left.keySet();
            List<String> refused = left.values().stream()
                    .filter(operand -> !isOnlyRead(operand, allowed, operands))
                    .map(RearrangedOperand::value)
                    .toList();
            changed = !refused.isEmpty();
            refused.forEach(left::remove);
        }
        return List.copyOf(left.values());
    }

    private boolean isOnlyRead(RearrangedOperand operand, Set<Integer> allowed, Set<String> operands) {
        List<String> values = new ArrayList<>(operand.sources());
        graph.nodes().stream()
                .filter(node -> operand.nodes().contains(node.index()))
                .forEach(node -> values.addAll(node.outputs()));
        for (String value : values) {
            Set<OnnxNode> own = operands.contains(value) ? readers.getOrDefault(value, Set.of()) : Set.of();
            boolean strange = graph.consumers(value).stream()
                    .anyMatch(node -> !Rearrangement.isSize(node)
                            && !allowed.contains(node.index())
                            && !(own.contains(node) && operands(node).contains(value)));
            if (strange || graph.isOutput(value)) {
                return false;
            }
        }
        return true;
    }

    /** Follows a value back through nodes that rearrange, and sees that what they are told is constant and small. */
    private static final class Rearrangement {
        /** The elements of an operand. */
        private static final long MAX_ELEMENTS = 1L << 26;

        /** The elements of what says how to rearrange. */
        private static final long MAX_INTEGERS = 1L << 24;

        private static final long MAX_RANK = 64;

        /** The nodes that make an operand; a bidirectional LSTM has about thirty. */
        private static final int MAX_NODES = 1024;

        private final OnnxGraph graph;
        private final Set<String> fromInputs = new HashSet<>();
        private final Map<String, Optional<Part>> parts = new HashMap<>();
        private final Map<String, Long> integers = new HashMap<>();

        /** What a value is made of, and how many elements it has at most. */
        private record Part(Set<String> sources, Set<Integer> nodes, long elements) {
            Part through(OnnxNode node) {
                Set<Integer> more = new HashSet<>(nodes);
                more.add(node.index());
                return new Part(sources, more, elements);
            }

            Part and(Part other) {
                Set<String> allSources = new HashSet<>(sources);
                allSources.addAll(other.sources);
                Set<Integer> allNodes = new HashSet<>(nodes);
                allNodes.addAll(other.nodes);
                return new Part(allSources, allNodes, elements + other.elements);
            }
        }

        Rearrangement(OnnxGraph graph) {
            this.graph = graph;
            graph.inputs().forEach(input -> fromInputs.add(input.name()));
            for (OnnxNode node : graph.nodes()) {
                // Nodes come in execution order: sizes and small integers are known before what they cut.
                if (node.inputs().stream().anyMatch(fromInputs::contains)
                        || !node.attributes().allGraphs().isEmpty()) {
                    fromInputs.addAll(node.outputs());
                } else {
                    node.outputs().forEach(output -> {
                        integers.put(output, bound(node));
                        parts.put(output, part(node));
                    });
                }
            }
        }

        static boolean isSize(OnnxNode node) {
            return node.is("Shape") || node.is("Size");
        }

        Optional<RearrangedOperand> of(String value) {
            return part(value).map(part -> new RearrangedOperand(value, part.sources(), part.nodes()));
        }

        private Optional<Part> part(String value) {
            Optional<Part> known = parts.getOrDefault(value, Optional.empty());
            return known.isPresent() || graph.producer(value).isPresent() || fromInputs.contains(value)
                    ? known
                    : graph.initializer(value)
                            .filter(tensor -> tensor.type().isFloating())
                            .filter(tensor -> tensor.elementCount() <= MAX_ELEMENTS)
                            .map(tensor -> new Part(Set.of(value), Set.of(), tensor.elementCount()));
        }

        private Optional<Part> part(OnnxNode node) {
            if (!node.domain().isEmpty()
                    || !node.function().isEmpty()
                    || node.inputs().isEmpty()) {
                return Optional.empty();
            }
            List<String> inputs = node.inputs();
            Optional<Part> part = part(inputs.get(0));
            if (node.opType().equals("Concat")) {
                for (String other : inputs.subList(1, inputs.size())) {
                    Optional<Part> more = part(other);
                    part = part.flatMap(some -> more.map(some::and));
                    if (part.filter(some -> some.elements() <= MAX_ELEMENTS).isEmpty()) {
                        return Optional.empty();
                    }
                }
            } else if (!Rearranging.rearranges(node)
                    || inputs.stream().skip(1).anyMatch(argument -> integers(argument) > MAX_INTEGERS)) {
                return Optional.empty();
            } else if (node.opType().equals("Gather")) {
                long picks = integers(node.input(1));
                part = part.filter(some -> some.elements() * picks <= MAX_ELEMENTS)
                        .map(some -> new Part(some.sources(), some.nodes(), some.elements() * picks));
            }
            return part.map(some -> some.through(node))
                    .filter(some -> some.nodes().size() <= MAX_NODES);
        }

        /** Returns how many elements a constant that says how to rearrange has at most; more than allowed if unknown. */
        private long integers(String value) {
            if (value.isEmpty()) {
                return 0;
            }
            if (fromInputs.contains(value)) {
                return Long.MAX_VALUE;
            }
            return graph.initializer(value)
                    .map(tensor -> !tensor.type().isFloating() || tensor.elementCount() == 1
                            ? tensor.elementCount()
                            : Long.MAX_VALUE)
                    .orElseGet(() -> integers.getOrDefault(value, Long.MAX_VALUE));
        }

        private long bound(OnnxNode node) {
            if (isSize(node)) {
                return MAX_RANK;
            }
            if (!node.function().isEmpty() || !Rearranging.computesSizes(node)) {
                return Long.MAX_VALUE;
            }
            if (node.opType().equals("Constant")) {
                return node.attributes().has("sparse_value")
                        ? Long.MAX_VALUE
                        : ConstantNode.value(node).map(OnnxTensor::elementCount).orElse(Long.MAX_VALUE);
            }
            // Broadcasting gives no more than the product; none of the others gives more than the sum.
            long product = 1;
            long sum = 0;
            for (String input : node.inputs()) {
                long count = integers(input);
                if (count > MAX_INTEGERS) {
                    return Long.MAX_VALUE;
                }
                product = Math.min(product * Math.max(count, 1), MAX_INTEGERS + 1);
                sum += count;
            }
            return Math.max(product, sum);
        }
    }
}
