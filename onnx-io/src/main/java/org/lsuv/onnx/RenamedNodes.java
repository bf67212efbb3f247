package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Copies nodes under new names, so that a graph can hold them several times. */
final class RenamedNodes {
    /** Says what becomes of the names that graphs inside the nodes have for themselves. */
    enum Inner {
        RENAMED,
        KEPT
    }

    private final String label;
    private final UniqueNames names;
    private final Map<String, AttributeProto> attributes;
    private final Inner inner;

    /**
     * Prepares a copy.
     *
     * @param label what all new names begin with
     * @param names those that are free
     * @param attributes what references to attributes of a function stand for
     */
    RenamedNodes(String label, UniqueNames names, Map<String, AttributeProto> attributes, Inner inner) {
        this.label = label;
        this.names = names;
        this.attributes = attributes;
        this.inner = inner;
    }

    /** Returns the copies; {@code renamed} says which values have a new name already, and learns the others. */
    List<NodeProto> nodes(List<NodeProto> nodes, Map<String, String> renamed) {
        for (NodeProto node : nodes) {
            for (String output : node.getOutputList()) {
                if (!output.isEmpty()) {
                    renamed.computeIfAbsent(output, this::fresh);
                }
            }
        }
        return nodes.stream()
                .map(node -> node(node, fresh(node.getName()), renamed))
                .toList();
    }

    private String fresh(String name) {
        return name.isEmpty() ? name : names.free(label + "/" + name);
    }

    private String freshInside(String name) {
        return inner == Inner.KEPT ? name : fresh(name);
    }

    private NodeProto node(NodeProto node, String name, Map<String, String> renamed) {
        NodeProto.Builder builder =
                node.toBuilder().setName(name).clearInput().clearOutput().clearAttribute();
        node.getInputList().forEach(value -> builder.addInput(renamed(renamed, value)));
        node.getOutputList().forEach(value -> builder.addOutput(renamed(renamed, value)));
        for (AttributeProto attribute : node.getAttributeList()) {
            AttributeProto given = attribute;
            if (!attribute.getRefAttrName().isEmpty()) {
                AttributeProto value = attributes.get(attribute.getRefAttrName());
                if (value == null) {
                    continue;
                }
                given = value.toBuilder().setName(attribute.getName()).build();
            } else if (attribute.hasG() || attribute.getGraphsCount() > 0) {
                given = graphs(attribute, renamed);
            }
            builder.addAttribute(given);
        }
        return builder.build();
    }

    private AttributeProto graphs(AttributeProto attribute, Map<String, String> renamed) {
        AttributeProto.Builder builder = attribute.toBuilder();
        if (attribute.hasG()) {
            builder.setG(graph(attribute.getG(), renamed));
        }
        for (int i = 0; i < attribute.getGraphsCount(); i++) {
            builder.setGraphs(i, graph(attribute.getGraphs(i), renamed));
        }
        return builder.build();
    }

    private GraphProto graph(GraphProto graph, Map<String, String> outer) {
        Map<String, String> renamed = new HashMap<>(outer);
        Set<String> own = new HashSet<>();
        graph.getInputList().forEach(input -> own.add(input.getName()));
        graph.getInitializerList().forEach(tensor -> own.add(tensor.getName()));
        graph.getSparseInitializerList()
                .forEach(sparse -> own.add(sparse.getValues().getName()));
        graph.getNodeList().forEach(node -> own.addAll(node.getOutputList()));
        own.remove("");
        own.forEach(name -> renamed.put(name, freshInside(name)));
        GraphProto.Builder builder = graph.toBuilder().clearNode();
        graph.getNodeList().forEach(node -> builder.addNode(node(node, freshInside(node.getName()), renamed)));
        for (List<ValueInfoProto.Builder> values : List.of(
                builder.getInputBuilderList(), builder.getOutputBuilderList(), builder.getValueInfoBuilderList())) {
            values.forEach(value -> value.setName(renamed(renamed, value.getName())));
        }
        for (TensorProto.Builder tensor : builder.getInitializerBuilderList()) {
            tensor.setName(renamed(renamed, tensor.getName()));
        }
        for (SparseTensorProto.Builder sparse : builder.getSparseInitializerBuilderList()) {
            sparse.getValuesBuilder()
                    .setName(renamed(renamed, sparse.getValues().getName()));
        }
        return builder.build();
    }

    /** Returns what a value is called now. */
    static String renamed(Map<String, String> renamed, String name) {
        return name.isEmpty() ? name : renamed.getOrDefault(name, name);
    }
}
