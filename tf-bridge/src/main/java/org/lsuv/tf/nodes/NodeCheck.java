package org.lsuv.tf.nodes;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.tf.OpDefinitions;
import org.lsuv.tf.TensorRef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/** Checks that nodes are whole: the passes rely on inputs and attributes that their operations must have. */
public final class NodeCheck {
    private final NodeGraph graph;
    private final Function<String, Optional<OpDef>> operations;

    private NodeCheck(NodeGraph graph, Function<String, Optional<OpDef>> operations) {
        this.graph = graph;
        this.operations = operations;
    }

    /**
     * Checks a graph.
     *
     * @param operations finds the definitions of operations and functions
     * @throws OnnxFormatException if a node lacks an attribute, has another number of inputs than its operation takes,
     *     or reads what is not there
     */
    public static void check(NodeGraph graph, Function<String, Optional<OpDef>> operations) {
        NodeCheck check = new NodeCheck(graph, operations);
        graph.nodes().values().forEach(check::check);
        graph.results().forEach(result -> check.read(result, "the result"));
    }

    private void check(NodeDef node) {
        String where = "node \"" + node.getName() + "\"";
        List<TensorRef> inputs = NodeGraph.data(node);
        inputs.forEach(input -> read(input, where));
        Optional<OpDef> definition = operations.apply(node.getOp());
        if (definition.isEmpty()) {
            return;
        }
        for (OpDef.AttrDef attribute : definition.get().getAttrList()) {
            if (!attribute.hasDefaultValue() && !node.containsAttr(attribute.getName())) {
                throw new OnnxFormatException(
                        where + ": " + node.getOp() + " lacks the attribute \"" + attribute.getName() + "\"");
            }
        }
        long expected = definition.get().getInputArgList().stream()
                .mapToLong(argument -> OpDefinitions.count(argument, node.getAttrMap()))
                .sum();
        if (inputs.size() != expected) {
            throw new OnnxFormatException(
                    where + ": " + node.getOp() + ": expected " + expected + " inputs, found " + inputs.size());
        }
    }

    private void read(TensorRef tensor, String where) {
        if (tensor.op().equals(NodeGraph.ARGUMENT)) {
            return;
        }
        NodeDef node = graph.node(tensor)
                .orElseThrow(
                        () -> new OnnxFormatException(where + ": reads \"" + tensor + "\", which is not in the graph"));
        Optional<OpDef> definition = operations.apply(node.getOp());
        if (definition.isPresent()) {
            int outputs = OpDefinitions.outputs(definition.get(), node);
            if (tensor.index() < 0 || tensor.index() >= outputs) {
                throw new OnnxFormatException(
                        where + ": reads \"" + tensor + "\", but " + node.getOp() + " has " + outputs + " outputs");
            }
        }
    }
}
