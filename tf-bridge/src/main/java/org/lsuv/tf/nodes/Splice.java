package org.lsuv.tf.nodes;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.tf.TensorRef;
import org.tensorflow.proto.NodeDef;

/** Puts the body of a function in the place of a node. Its nodes are called after that node and themselves. */
public final class Splice {
    private final NodeDef node;
    private final List<TensorRef> given;
    private final NodeGraph body;
    private final Map<String, String> names = new HashMap<>();

    /**
     * Creates a splice.
     *
     * @param node the node
     * @param given the arguments
     * @param body the body
     * @throws OnnxFormatException if it has another number of arguments
     */
    public Splice(NodeDef node, List<TensorRef> given, NodeGraph body) {
        if (given.size() != body.arguments().size()) {
            throw new OnnxFormatException("node \"" + node.getName() + "\": gives " + given.size()
                    + " arguments to a function of " + body.arguments().size());
        }
        this.node = node;
        this.given = given;
        this.body = body;
    }

    /**
     * Adds the nodes of the body.
     *
     * @param nodes where they go
     * @param taken names that they cannot have
     * @param results what is read in place of the outputs of the node
     */
    public void into(Map<String, NodeDef> nodes, Set<String> taken, Redirections results) {
        for (String inner : body.nodes().keySet()) {
            String name = node.getName() + "/" + inner;
            for (int i = 1; nodes.containsKey(name) || taken.contains(name); i++) {
                name = node.getName() + "/" + inner + "_" + i;
            }
            names.put(inner, name);
            nodes.put(name, NodeDef.getDefaultInstance());
        }
        List<String> pivots =
                node.getInputList().stream().filter(NodeGraph::isControl).toList();
        for (NodeDef inner : body.nodes().values()) {
            NodeDef.Builder copy =
                    inner.toBuilder().setName(outside(inner.getName())).clearInput();
            for (String input : inner.getInputList()) {
                copy.addInput(
                        NodeGraph.isControl(input)
                                ? "^" + outside(input.substring(1))
                                : outside(TensorRef.parse(input)).toString());
            }
            if (copy.getInputCount() == 0) {
                copy.addAllInput(pivots);
            }
            nodes.put(copy.getName(), copy.build());
        }
        for (int i = 0; i < body.results().size(); i++) {
            results.put(new TensorRef(node.getName(), i), outside(body.results().get(i)));
        }
    }

    private TensorRef outside(TensorRef inner) {
        return inner.op().equals(NodeGraph.ARGUMENT)
                ? given.get(inner.index())
                : new TensorRef(outside(inner.op()), inner.index());
    }

    private String outside(String inner) {
        return Objects.requireNonNull(names.get(inner), inner);
    }
}
