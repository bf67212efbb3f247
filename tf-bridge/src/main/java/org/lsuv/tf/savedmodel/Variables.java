package org.lsuv.tf.savedmodel;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsuv.tf.nodes.FlatGraph;
import org.lsuv.tf.nodes.NodeGraph;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Holds a graph in which variables are placeholders: what read a variable reads the placeholder of its name.
 *
 * @param graph the graph
 * @param all the variables that it reads, by the name of the operation that was the variable
 * @param problems uses of variables that cannot be replaced, a sentence each
 */
record Variables(FlatGraph graph, Map<String, Variable> all, List<String> problems) {

    /**
     * Describes a variable.
     *
     * @param name the name of its operation
     * @param type the type of its values
     * @param shape its shape, as far as it is known
     */
    record Variable(String name, DataType type, TensorShapeProto shape) {
        static Variable of(NodeDef node) {
            return new Variable(
                    node.getName(),
                    node.getAttrOrDefault("dtype", AttrValue.getDefaultInstance())
                            .getType(),
                    node.getAttrOrDefault("shape", AttrValue.getDefaultInstance())
                            .getShape());
        }
    }

    Variables {
        all = Collections.unmodifiableMap(new LinkedHashMap<>(all));
        problems = List.copyOf(problems);
    }

    static boolean isVariable(NodeDef node) {
        return switch (node.getOp()) {
            case "VarHandleOp", "VariableV2", "Variable", "AutoReloadVariable" -> true;
            default -> false;
        };
    }

    /** Replaces the variables of a graph. */
    static Variables replacedIn(FlatGraph graph) {
        VariableReplacement pass = new VariableReplacement(graph);
        return pass.run();
    }

    /** Returns the variables under the names that the operations of a graph have for them. */
    static Map<String, Variable> in(NodeGraph graph) {
        Map<String, Variable> found = new LinkedHashMap<>();
        List<NodeDef> nodes = new ArrayList<>(graph.nodes().values());
        nodes.stream().filter(Variables::isVariable).forEach(node -> found.put(node.getName(), Variable.of(node)));
        return found;
    }
}
