package org.lsuv.onnx;

import java.util.List;
import java.util.OptionalLong;

/**
 * Describes one node of a graph.
 *
 * @param index the position of the node in its graph's list
 * @param name the name; empty where the file gives none
 * @param opType the operator, such as {@code Conv}
 * @param domain the operator's domain; empty for {@code ai.onnx}
 * @param inputs the names of the inputs; an empty name stands for an optional input left out
 * @param outputs the names of the outputs; an empty name stands for an output left out
 * @param attributes the attributes
 * @param function the local function whose body the node was a part of; empty for a node of the file's graphs
 * @param opset the version of the operators where that function asks for another one than the model
 */
public record OnnxNode(
        int index,
        String name,
        String opType,
        String domain,
        List<String> inputs,
        List<String> outputs,
        OnnxAttributes attributes,
        String function,
        OptionalLong opset) {

    public OnnxNode {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /** Returns how errors name the node: {@code node "conv1" Conv(x, w) -> y}. */
    public String describe() {
        return describe(name, domain, opType, inputs, outputs);
    }

    static String describe(String name, String domain, String opType, List<String> inputs, List<String> outputs) {
        return "node " + (name.isEmpty() ? "" : "\"" + name + "\" ") + (domain.isEmpty() ? "" : domain + ".") + opType
                + "(" + String.join(", ", inputs) + ") -> " + String.join(", ", outputs);
    }

    /** Tells whether this is the given operator of the {@code ai.onnx} domain. */
    public boolean is(String operator) {
        return domain.isEmpty() && opType.equals(operator);
    }

    /** Returns the name of an input, or an empty string where it is left out. */
    public String input(int position) {
        return position < inputs.size() ? inputs.get(position) : "";
    }

    /** Returns the name of an output, or an empty string where it is left out. */
    public String output(int position) {
        return position < outputs.size() ? outputs.get(position) : "";
    }

    /** Returns the name of the first output that is not left out; empty where there is none. */
    public String firstOutput() {
        return outputs.stream().filter(output -> !output.isEmpty()).findFirst().orElse("");
    }

    @Override
    public String toString() {
        return describe();
    }
}
