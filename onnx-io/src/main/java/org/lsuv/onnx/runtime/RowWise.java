package org.lsuv.onnx.runtime;

import java.util.Set;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;

/**
 * Tells whether a graph treats every row of a batch on its own, so that a batch may be run in pieces of any
 * size. Only operators are trusted of which that is plain; a graph with any other one is taken to mix rows.
 */
final class RowWise {
    private static final Set<String> ELEMENTWISE = Set.of(
            "Abs",
            "Add",
            "Cast",
            "Celu",
            "Clip",
            "Constant",
            "Div",
            "Dropout",
            "Elu",
            "Erf",
            "Exp",
            "Gelu",
            "HardSigmoid",
            "HardSwish",
            "Identity",
            "LeakyRelu",
            "Log",
            "Max",
            "Min",
            "Mish",
            "Mul",
            "Neg",
            "PRelu",
            "Pow",
            "Relu",
            "Selu",
            "Sigmoid",
            "Softplus",
            "Softsign",
            "Sqrt",
            "Sub",
            "Sum",
            "Tanh");

    private static final Set<String> PER_IMAGE = Set.of(
            "AveragePool",
            "Conv",
            "ConvTranspose",
            "GlobalAveragePool",
            "GlobalMaxPool",
            "InstanceNormalization",
            "LRN",
            "MaxPool");

    private RowWise() {}

    /** Tells whether rows along the first axis of the inputs stay apart in the whole graph. */
    static boolean is(OnnxGraph graph) {
        return graph.nodes().stream().allMatch(node -> keepsRows(graph, node));
    }

    private static boolean keepsRows(OnnxGraph graph, OnnxNode node) {
        if (!node.domain().isEmpty()) {
            return false;
        }
        if (ELEMENTWISE.contains(node.opType()) || PER_IMAGE.contains(node.opType())) {
            return true;
        }
        return switch (node.opType()) {
            case "BatchNormalization" ->
                !node.attributes().flag("training_mode") && node.outputs().size() == 1;
            case "Concat" -> node.attributes().requireInt("axis") == 1;
            case "Flatten" -> node.attributes().intOr("axis", 1) == 1;
            case "Gemm" -> !node.attributes().flag("transA") && isStored(graph, node.input(1));
            case "MatMul" -> isStored(graph, node.input(1));
            default -> false;
        };
    }

    private static boolean isStored(OnnxGraph graph, String value) {
        return graph.initializerNames().contains(value)
                || graph.producer(value).filter(node -> node.is("Constant")).isPresent();
    }
}
