package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Makes up names that nothing in a model has. */
final class UniqueNames {
    private final Set<String> taken = new HashSet<>();

    /** The least number that may be free behind a name: names are never given back. */
    private final Map<String, Integer> next = new HashMap<>();

    private UniqueNames() {}

    /** Starts where no name is taken. */
    static UniqueNames none() {
        return new UniqueNames();
    }

    /** Returns the names that are free in a graph and in all graphs inside it. */
    static UniqueNames of(GraphProto graph) {
        UniqueNames names = new UniqueNames();
        collect(graph, names.taken::add);
        return names;
    }

    /** Gives every name that a graph defines, those of nodes and of inner graphs included. */
    static void collect(GraphProto graph, Consumer<String> names) {
        graph.getInputList().forEach(input -> names.accept(input.getName()));
        graph.getInitializerList().forEach(tensor -> names.accept(tensor.getName()));
        graph.getSparseInitializerList()
                .forEach(sparse -> names.accept(sparse.getValues().getName()));
        for (NodeProto node : graph.getNodeList()) {
            names.accept(node.getName());
            node.getOutputList().forEach(names);
            for (AttributeProto attribute : node.getAttributeList()) {
                if (attribute.hasG()) {
                    collect(attribute.getG(), names);
                }
                attribute.getGraphsList().forEach(inner -> collect(inner, names));
            }
        }
    }

    /** Returns the name itself if it is free, or the name with a number behind it; it is taken from then on. */
    String free(String wanted) {
        if (taken.add(wanted)) {
            return wanted;
        }
        int number = next.getOrDefault(wanted, 2);
        while (!taken.add(wanted + "_" + number)) {
            number++;
        }
        next.put(wanted, number + 1);
        return wanted + "_" + number;
    }
}
