package org.lsuv.tf.savedmodel;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.nodes.NodeGraph;
import org.lsuv.tf.nodes.Redirections;
import org.lsuv.tf.nodes.ValueNames;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/**
 * Finds dropout in graphs that were stored as they trained: values are scaled, and multiplied by a mask of zeros and
 * ones that is made from uniform random numbers, or chosen by it. The mask is {@code floor(keep + u)} up to TensorFlow
 * 1.13, {@code cast(u >= rate)} from then on, and chooses by {@code SelectV2} from 2.13 on.
 */
final class Dropout {
    private static final int MOST_STEPS = 8;
    private static final Set<String> UNIFORM =
            Set.of("RandomUniform", "StatelessRandomUniform", "StatelessRandomUniformV2");
    private static final Set<String> ARITHMETIC =
            Set.of("Add", "AddV2", "Sub", "Mul", "RealDiv", "Div", "Maximum", "Minimum", "Reciprocal");

    private final NodeGraph graph;

    private Dropout(NodeGraph graph) {
        this.graph = graph;
    }

    /** Lets what follows a dropout read what goes into it. */
    static NodeGraph inactive(NodeGraph graph, List<String> notes) {
        Dropout finder = new Dropout(graph);
        Redirections redirections = new Redirections();
        for (NodeDef node : graph.nodes().values()) {
            finder.source(node).ifPresent(source -> {
                redirections.put(new TensorRef(node.getName(), 0), source);
                notes.add("dropout \"" + ValueNames.withoutCalls(node.getName()) + "\" is inactive");
            });
        }
        return redirections.apply(graph);
    }

    /** Returns what goes into a dropout that ends in a node. */
    private Optional<TensorRef> source(NodeDef node) {
        List<TensorRef> inputs = NodeGraph.data(node);
        switch (node.getOp()) {
            case "Mul" -> {
                for (int mask = 0; mask < 2; mask++) {
                    if (isMask(inputs.get(mask))) {
                        return Optional.of(unscaled(inputs.get(1 - mask)));
                    }
                }
                return Optional.empty();
            }
            case "Select", "SelectV2" -> {
                return isComparison(inputs.get(0)) ? Optional.of(unscaled(inputs.get(1))) : Optional.empty();
            }
            default -> {
                return Optional.empty();
            }
        }
    }

    private boolean isMask(TensorRef tensor) {
        return graph.node(tensor)
                .map(node -> switch (node.getOp()) {
                    case "Floor" -> isRandom(NodeGraph.input(node, 0), MOST_STEPS);
                    case "Cast" -> isComparison(NodeGraph.input(node, 0));
                    default -> false;
                })
                .orElse(false);
    }

    private boolean isComparison(TensorRef tensor) {
        return graph.node(tensor)
                .map(node -> switch (node.getOp()) {
                    case "GreaterEqual", "Greater", "Less", "LessEqual" ->
                        isRandom(NodeGraph.input(node, 0), MOST_STEPS)
                                || isRandom(NodeGraph.input(node, 1), MOST_STEPS);
                    default -> false;
                })
                .orElse(false);
    }

    private boolean isRandom(TensorRef tensor, int steps) {
        Optional<NodeDef> node = graph.node(tensor);
        if (steps == 0 || node.isEmpty()) {
            return false;
        }
        return UNIFORM.contains(node.get().getOp())
                || (ARITHMETIC.contains(node.get().getOp())
                        && NodeGraph.data(node.get()).stream().anyMatch(input -> isRandom(input, steps - 1)));
    }

    private TensorRef unscaled(TensorRef tensor) {
        Optional<NodeDef> node = graph.node(tensor);
        if (node.isEmpty()) {
            return tensor;
        }
        List<TensorRef> inputs = NodeGraph.data(node.get());
        return switch (node.get().getOp()) {
            case "RealDiv", "Div" -> isScalar(inputs.get(1), MOST_STEPS) ? inputs.get(0) : tensor;
            case "Mul" ->
                isScalar(inputs.get(1), MOST_STEPS)
                        ? inputs.get(0)
                        : isScalar(inputs.get(0), MOST_STEPS) ? inputs.get(1) : tensor;
            default -> tensor;
        };
    }

    private boolean isScalar(TensorRef tensor, int steps) {
        Optional<NodeDef> node = graph.node(tensor);
        if (steps == 0 || node.isEmpty()) {
            return false;
        }
        AttrValue none = AttrValue.getDefaultInstance();
        return switch (node.get().getOp()) {
            case "Const" ->
                node.get()
                                .getAttrOrDefault("value", none)
                                .getTensor()
                                .getTensorShape()
                                .getDimCount()
                        == 0;
            case "Placeholder" -> {
                var shape = node.get().getAttrOrDefault("shape", none).getShape();
                yield !shape.getUnknownRank() && shape.getDimCount() == 0;
            }
            default ->
                ARITHMETIC.contains(node.get().getOp())
                        && NodeGraph.data(node.get()).stream().allMatch(input -> isScalar(input, steps - 1));
        };
    }
}
