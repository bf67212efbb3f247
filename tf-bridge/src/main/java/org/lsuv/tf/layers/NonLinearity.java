package org.lsuv.tf.layers;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lsuv.tf.TensorRef;
import org.tensorflow.proto.NodeDef;

/**
 * Finds the non-linearity that reads a tensor, be it one operation or spelled with several.
 *
 * @param graph the graph
 */
record NonLinearity(GraphView graph) {
    private static final Set<String> OPERATIONS = Set.of(
            "ClipByValue", "Elu", "LeakyRelu", "Relu", "Relu6", "Selu", "Sigmoid", "Softplus", "Softsign", "Tanh");

    /** What spells SiLU, GELU, Mish and hard swish. */
    private static final Set<String> LINEAR =
            Set.of("Add", "AddV2", "Div", "Mul", "RealDiv", "Sub", "Identity", "IdentityN");

    private static final Set<String> BENDING = Set.of(
            "ClipByValue",
            "Erf",
            "Erfc",
            "Maximum",
            "Minimum",
            "Pow",
            "Relu",
            "Relu6",
            "Sigmoid",
            "Softplus",
            "Square",
            "Tanh");

    /** Operations that pass on what they read. */
    private static final Set<String> PASSING = Set.of("Identity", "Reshape", "Squeeze", "ExpandDims", "Transpose");

    /** More operations than these spell no activation. */
    private static final int LONGEST = 16;

    /** Returns what the non-linearity behind a tensor gives; empty where none follows at once. */
    Optional<TensorRef> behind(TensorRef tensor) {
        Optional<NodeDef> reader = graph.onlyReader(tensor);
        if (reader.isPresent() && passes(reader.get(), tensor)) {
            return behind(GraphView.output(reader.get()));
        }
        if (reader.isPresent()) {
            return reader.filter(node -> OPERATIONS.contains(node.getOp())
                            && GraphView.input(node, 0).equals(tensor))
                    .map(GraphView::output)
                    .or(() -> clipped(tensor));
        }
        return graph.isOutput(tensor) || graph.readers(tensor).isEmpty() ? Optional.empty() : meeting(tensor);
    }

    /** Takes what the last of some limits gives. */
    private Optional<TensorRef> clipped(TensorRef tensor) {
        Optional<TensorRef> found = graph.onlyReader(tensor)
                .filter(node -> Set.of("Maximum", "Minimum").contains(node.getOp())
                        && GraphView.inputs(node).stream().anyMatch(this::isNumber))
                .map(GraphView::output);
        return found.flatMap(this::clipped).or(() -> found);
    }

    private static boolean passes(NodeDef node, TensorRef tensor) {
        return PASSING.contains(node.getOp()) && GraphView.input(node, 0).equals(tensor);
    }

    /** Takes the first product in which all readers of the tensor, and of what is made of it, meet again. */
    private Optional<TensorRef> meeting(TensorRef tensor) {
        Set<TensorRef> made = new HashSet<>(Set.of(tensor));
        boolean bends = false;
        int length = 0;
        for (NodeDef node : graph.order()) {
            List<TensorRef> inputs = GraphView.inputs(node);
            if (inputs.stream().noneMatch(made::contains)
                    || Set.of("Shape", "Size", "Rank").contains(node.getOp())) {
                continue;
            }
            boolean part = LINEAR.contains(node.getOp()) || BENDING.contains(node.getOp());
            boolean mixes = inputs.stream().anyMatch(input -> !made.contains(input) && !isNumber(input));
            if (!part || mixes || ++length > LONGEST) {
                return Optional.empty();
            }
            bends |= BENDING.contains(node.getOp());
            TensorRef output = GraphView.output(node);
            made.add(output);
            boolean joined = made.stream()
                    .filter(value -> !value.equals(output))
                    .allMatch(value ->
                            graph.readers(value).stream().allMatch(reader -> made.contains(GraphView.output(reader))));
            boolean scaledNext = graph.readers(output).stream().anyMatch(this::isConstantFactor);
            if (joined && bends && node.getOp().equals("Mul") && !scaledNext) {
                return Optional.of(output);
            }
        }
        return Optional.empty();
    }

    /** GELU ends with the product by ½ in some spellings, by the value in others. */
    private boolean isConstantFactor(NodeDef node) {
        return Set.of("Mul", "RealDiv", "Div").contains(node.getOp())
                && GraphView.inputs(node).stream().anyMatch(this::isNumber);
    }

    private boolean isNumber(TensorRef tensor) {
        NodeDef node = graph.producer(tensor);
        return Set.of("Cast", "Identity", "Reshape").contains(node.getOp())
                ? isNumber(GraphView.input(node, 0))
                : node.getOp().equals("Const") && count(tensor) == 1;
    }

    private long count(TensorRef tensor) {
        return graph.shape(tensor).size();
    }
}
