package org.lsuv.onnx.pytorch;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lsuv.onnx.ConstantNode;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;

/**
 * Finds the stored tensors that nodes of a graph read.
 *
 * @param graph the graph
 */
record StoredValues(OnnxGraph graph) {
    /**
     * Describes a stored tensor as a node reads it.
     *
     * @param name what it is called: where the tensor was merged with others of equal values, what it was
     *     called before
     * @param tensor what is stored
     * @param turned whether a matrix reaches the node with rows for columns
     */
    record Operand(String name, OnnxTensor tensor, boolean turned) {
        boolean isNamed() {
            return ParameterNames.isParameter(name);
        }

        int rank() {
            return tensor.rank();
        }

        /** Returns what the node reads. */
        Arrangement values() {
            return turned ? Arrangement.transposed(tensor) : Arrangement.of(tensor);
        }

        /** Returns what the node reads, as a matrix with rows for columns. */
        Arrangement turnedValues() {
            return turned ? Arrangement.of(tensor) : Arrangement.transposed(tensor);
        }
    }

    /** Returns all tensors that are stored: initializers, and what {@code Constant} nodes hold. */
    List<OnnxTensor> all() {
        Set<String> names = new LinkedHashSet<>(graph.initializerNames());
        graph.nodes().stream().filter(node -> node.is("Constant")).forEach(node -> names.add(node.output(0)));
        return names.stream().flatMap(name -> stored(name).stream()).toList();
    }

    Optional<OnnxTensor> stored(String value) {
        return graph.initializer(value)
                .map(tensor -> tensor.withName(value))
                .or(() -> graph.producer(value)
                        .filter(node -> !node.attributes().has("sparse_value"))
                        .filter(node -> node.function().isEmpty())
                        .flatMap(ConstantNode::value));
    }

    /** Returns the stored floating-point tensor behind an input of a node, if there is one. */
    Optional<Operand> operand(OnnxNode node, int input) {
        return operand(node.input(input));
    }

    /** Follows a value through Identity and Transpose; of several names the one nearest to its reader counts. */
    Optional<Operand> operand(String value) {
        String name = "";
        boolean turned = false;
        String current = value;
        while (true) {
            if (name.isEmpty() && (ParameterNames.isParameter(current) || ParameterNames.isInvented(current))) {
                name = current;
            }
            Optional<OnnxTensor> tensor = stored(current);
            if (tensor.isPresent()) {
                Operand found = new Operand(name.isEmpty() ? current : name, tensor.get(), turned);
                return Optional.of(found)
                        .filter(operand -> operand.tensor().type().isFloating());
            }
            Optional<OnnxNode> producer = graph.producer(current);
            if (producer.isEmpty()) {
                return Optional.empty();
            }
            OnnxNode node = producer.get();
            if (node.is("Transpose") && isSwap(node)) {
                turned = !turned;
                name = "";
            } else if (!node.is("Identity")) {
                return Optional.empty();
            }
            current = node.input(0);
        }
    }

    private static boolean isSwap(OnnxNode node) {
        return node.attributes()
                .ints("perm")
                .filter(perm -> Arrays.equals(perm, new long[] {1, 0}))
                .isPresent();
    }
}
