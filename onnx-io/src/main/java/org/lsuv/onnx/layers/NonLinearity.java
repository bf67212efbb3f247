package org.lsuv.onnx.layers;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lsuv.onnx.ConstantNode;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;

/** Finds the non-linearity that reads a value, be it one operator or spelled with several. */
final class NonLinearity {
    private static final Set<String> OPERATORS = Set.of(
            "Celu",
            "Clip",
            "Elu",
            "FastGelu",
            "Gelu",
            "HardSigmoid",
            "HardSwish",
            "LeakyRelu",
            "Mish",
            "PRelu",
            "QuickGelu",
            "Relu",
            "Selu",
            "Shrink",
            "Sigmoid",
            "Softplus",
            "Softsign",
            "Swish",
            "Tanh",
            "ThresholdedRelu");

    /** More nodes than these spell no activation. */
    private static final int LONGEST = 12;

    private static final Set<String> PARTS =
            Set.of("Add", "Div", "Erf", "HardSigmoid", "Mul", "Pow", "Sigmoid", "Softplus", "Tanh", "Clip", "Relu");

    private NonLinearity() {}

    /**
     * Returns the name of what the non-linearity behind a value gives; empty where none follows at once.
     * Exporters spell SiLU, GELU, Mish and HardSwish as products of the value with a function of it: the
     * first product in which all of its readers meet again.
     */
    static Optional<String> behind(OnnxGraph graph, String value) {
        List<OnnxNode> readers = graph.consumers(value);
        if (graph.isOutput(value) || readers.isEmpty()) {
            return Optional.empty();
        }
        if (readers.size() == 1) {
            return Optional.of(readers.get(0))
                    .filter(node ->
                            OPERATORS.contains(node.opType()) && node.input(0).equals(value))
                    .map(node -> node.output(0));
        }
        return meeting(graph, value, readers);
    }

    private static Optional<String> meeting(OnnxGraph graph, String value, List<OnnxNode> readers) {
        Set<String> made = new HashSet<>(Set.of(value));
        boolean bends = false;
        int length = 0;
        List<OnnxNode> nodes = graph.nodes();
        int start = readers.stream().mapToInt(OnnxNode::index).min().orElse(0);
        for (OnnxNode node : nodes.subList(start, nodes.size())) {
            if (node.inputs().stream().noneMatch(made::contains)) {
                continue;
            }
            if (!PARTS.contains(node.opType()) || ++length > LONGEST) {
                return Optional.empty();
            }
            bends |= !Set.of("Add", "Div", "Mul").contains(node.opType());
            made.add(node.output(0));
            boolean joined = made.stream()
                    .filter(name -> !name.equals(node.output(0)))
                    .allMatch(name -> made.containsAll(graph.consumers(name).stream()
                            .map(reader -> reader.output(0))
                            .toList()));
            boolean mixes = node.inputs().stream()
                    .anyMatch(name -> !name.isEmpty() && !made.contains(name) && !isNumber(graph, name));
            if (mixes) {
                return Optional.empty();
            }
            boolean scaledNext =
                    graph.consumers(node.output(0)).stream().anyMatch(next -> isConstantFactor(graph, next));
            if (joined && bends && node.is("Mul") && !scaledNext) {
                return Optional.of(node.output(0));
            }
        }
        return Optional.empty();
    }

    /** GELU ends with the product by ½ in some exports, by the value in others. */
    private static boolean isConstantFactor(OnnxGraph graph, OnnxNode node) {
        return node.is("Mul") && node.inputs().stream().anyMatch(name -> isNumber(graph, name));
    }

    private static boolean isNumber(OnnxGraph graph, String name) {
        return graph.initializer(name)
                .or(() -> graph.producer(name).flatMap(ConstantNode::value))
                .filter(tensor -> tensor.elementCount() == 1)
                .isPresent();
    }
}
