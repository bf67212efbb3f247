package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes the body of a function with the names and attributes of one call. */
final class FunctionCall {
    private final NodeProto call;
    private final FunctionProto function;
    private final UniqueNames names;
    private final String label;
    private final Map<String, AttributeProto> attributes = new HashMap<>();

    FunctionCall(NodeProto call, FunctionProto function, UniqueNames names) {
        this.call = call;
        this.function = function;
        this.names = names;
        this.label = call.getName().isEmpty()
                ? call.getOutputList().stream()
                        .filter(name -> !name.isEmpty())
                        .findFirst()
                        .orElse(call.getOpType())
                : call.getName();
        function.getAttributeProtoList().forEach(attribute -> attributes.put(attribute.getName(), attribute));
        call.getAttributeList().forEach(attribute -> attributes.put(attribute.getName(), attribute));
    }

    List<NodeProto> body() {
        Map<String, String> renamed = new HashMap<>();
        for (int i = 0; i < function.getInputCount(); i++) {
            renamed.put(function.getInput(i), i < call.getInputCount() ? call.getInput(i) : "");
        }
        List<NodeProto> handedOn = new ArrayList<>();
        for (int i = 0; i < call.getOutputCount(); i++) {
            String outer = call.getOutput(i);
            if (!outer.isEmpty() && renamed.putIfAbsent(function.getOutput(i), outer) != null) {
                // The function hands an input on, or gives one value twice.
                handedOn.add(NodeProto.newBuilder()
                        .setName(names.free(label + "/" + outer))
                        .setOpType("Identity")
                        .addInput(renamed(renamed, function.getOutput(i)))
                        .addOutput(outer)
                        .build());
            }
        }
        List<NodeProto> result = new ArrayList<>(nodes(function.getNodeList(), renamed));
        result.addAll(handedOn);
        return result;
    }

    private List<NodeProto> nodes(List<NodeProto> nodes, Map<String, String> renamed) {
        for (NodeProto node : nodes) {
            for (String output : node.getOutputList()) {
                if (!output.isEmpty()) {
                    renamed.computeIfAbsent(output, name -> names.free(label + "/" + name));
                }
            }
        }
        return nodes.stream().map(node -> node(node, renamed)).toList();
    }

    private NodeProto node(NodeProto node, Map<String, String> renamed) {
        NodeProto.Builder builder = node.toBuilder().clearInput().clearOutput().clearAttribute();
        if (!node.getName().isEmpty()) {
            builder.setName(names.free(label + "/" + node.getName()));
        }
        node.getInputList().forEach(name -> builder.addInput(renamed(renamed, name)));
        node.getOutputList().forEach(name -> builder.addOutput(renamed(renamed, name)));
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
        own.forEach(name -> renamed.put(name, names.free(label + "/" + name)));
        GraphProto.Builder builder = graph.toBuilder().clearNode();
        builder.addAllNode(nodes(graph.getNodeList(), renamed));
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

    private static String renamed(Map<String, String> renamed, String name) {
        return name.isEmpty() ? name : renamed.getOrDefault(name, name);
    }
}
