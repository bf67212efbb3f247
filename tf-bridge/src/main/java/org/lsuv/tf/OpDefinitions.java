package org.lsuv.tf;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.TensorFlow;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * Looks up what TensorFlow knows of its operations. Inside a function an output is called by its name in the
 * definition of the operation and its place under that name, outside by its place among all outputs; this is where
 * one is turned into the other.
 */
public final class OpDefinitions {
    private static final Map<String, OpDef> REGISTERED = new HashMap<>();

    private OpDefinitions() {}

    /** Returns the definition of a type of operation, if TensorFlow has it. */
    public static synchronized Optional<OpDef> find(String type) {
        if (REGISTERED.isEmpty()) {
            TensorFlow.registeredOpList().getOpList().forEach(op -> REGISTERED.put(op.getName(), op));
        }
        return Optional.ofNullable(REGISTERED.get(type));
    }

    /**
     * Returns the definition of a type of operation.
     *
     * @throws IllegalArgumentException if TensorFlow has no such operation
     */
    public static OpDef get(String type) {
        return find(type).orElseThrow(() -> new IllegalArgumentException("TensorFlow has no operation " + type));
    }

    /** Returns how many tensors an argument stands for. */
    public static int count(OpDef.ArgDef argument, Map<String, AttrValue> attributes) {
        if (!argument.getNumberAttr().isEmpty()) {
            return (int) attribute(argument.getNumberAttr(), attributes).getI();
        }
        return argument.getTypeListAttr().isEmpty()
                ? 1
                : attribute(argument.getTypeListAttr(), attributes).getList().getTypeCount();
    }

    private static AttrValue attribute(String name, Map<String, AttrValue> attributes) {
        return attributes.getOrDefault(name, AttrValue.getDefaultInstance());
    }

    /** Returns how many outputs a node has. */
    public static int outputs(OpDef definition, NodeDef node) {
        return definition.getOutputArgList().stream()
                .mapToInt(output -> count(output, node.getAttrMap()))
                .sum();
    }

    /**
     * Returns the name of an output inside a function: {@code node:product:0}.
     *
     * @throws IllegalStateException if the node has no such output
     */
    public static String nameInFunction(OpDef definition, NodeDef node, int output) {
        int index = output;
        for (OpDef.ArgDef argument : definition.getOutputArgList()) {
            int count = count(argument, node.getAttrMap());
            if (index < count) {
                return node.getName() + ":" + argument.getName() + ":" + index;
            }
            index -= count;
        }
        throw new IllegalStateException("there is no tensor " + node.getName() + ":" + output);
    }

    /** Returns the place among all outputs of the first that has a name; empty where none has it. */
    public static Optional<Integer> firstOutput(OpDef definition, NodeDef node, String name) {
        int first = 0;
        for (OpDef.ArgDef argument : definition.getOutputArgList()) {
            if (argument.getName().equals(name)) {
                return Optional.of(first);
            }
            first += count(argument, node.getAttrMap());
        }
        return Optional.empty();
    }
}
