package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Checks the structure of a model that was just read: that every tensor has as much data as its shape
 * asks for, that no value is defined twice, and that each one that is read exists. (That nodes form
 * no cycle was found when they were put in order.)
 */
final class ModelCheck {
    private final ExternalData externalData;

    private ModelCheck(ExternalData externalData) {
        this.externalData = externalData;
    }

    static void check(OnnxModel model) {
        ModelCheck check = new ModelCheck(model.externalData());
        check.graph(model.proto().getGraph(), Set.of());
        for (FunctionProto function : model.proto().getFunctionsList()) {
            Set<String> defined = new HashSet<>(function.getInputList());
            check.nodes(function.getNodeList(), defined);
            check.requireDefined(function.getOutputList(), defined, "function \"" + function.getName() + "\"");
        }
    }

    private void graph(GraphProto graph, Set<String> outer) {
        Set<String> own = new HashSet<>();
        for (ValueInfoProto input : graph.getInputList()) {
            define(own, input.getName(), "input");
        }
        Set<String> inputs = Set.copyOf(own);
        Set<String> initializers = new HashSet<>();
        for (TensorProto tensor : graph.getInitializerList()) {
            tensor(tensor);
            define(initializers, tensor.getName(), "initializer");
        }
        for (SparseTensorProto sparse : graph.getSparseInitializerList()) {
            tensor(sparse.getValues());
            tensor(sparse.getIndices());
            define(initializers, sparse.getValues().getName(), "sparse initializer");
        }
        // An initializer may be declared as an input, too: it is that input's default value then.
        own.addAll(initializers);
        Set<String> visible = new HashSet<>(outer);
        visible.addAll(own);
        for (NodeProto node : graph.getNodeList()) {
            for (String output : node.getOutputList()) {
                if (!output.isEmpty() && (inputs.contains(output) || !own.add(output))) {
                    throw new OnnxFormatException(describe(node) + ": value \"" + output + "\" is defined twice");
                }
            }
        }
        visible.addAll(own);
        nodes(graph.getNodeList(), visible);
        requireDefined(
                graph.getOutputList().stream().map(ValueInfoProto::getName).toList(), visible, "the graph's outputs");
    }

    private static void define(Set<String> names, String name, String what) {
        if (name.isEmpty()) {
            throw new OnnxFormatException("an " + what + " has no name");
        }
        if (!names.add(name)) {
            throw new OnnxFormatException(what + " \"" + name + "\" is defined twice");
        }
    }

    private void nodes(List<NodeProto> nodes, Set<String> visible) {
        Set<String> defined = new HashSet<>(visible);
        nodes.forEach(node -> defined.addAll(node.getOutputList()));
        for (NodeProto node : nodes) {
            if (node.getOpType().isEmpty()) {
                throw new OnnxFormatException(describe(node) + ": has no operator");
            }
            requireDefined(node.getInputList(), defined, describe(node));
            for (AttributeProto attribute : node.getAttributeList()) {
                if (attribute.hasT()) {
                    tensor(attribute.getT());
                }
                attribute.getTensorsList().forEach(this::tensor);
                if (attribute.hasG()) {
                    graph(attribute.getG(), defined);
                }
                attribute.getGraphsList().forEach(inner -> graph(inner, defined));
            }
        }
        visible.addAll(defined);
    }

    private void requireDefined(List<String> names, Set<String> defined, String where) {
        for (String name : names) {
            if (!name.isEmpty() && !defined.contains(name)) {
                throw new OnnxFormatException(where + ": value \"" + name + "\" is not defined anywhere");
            }
        }
    }

    private void tensor(TensorProto tensor) {
        TensorCodec.check(tensor, externalData);
    }

    private static String describe(NodeProto node) {
        return OnnxNode.describe(
                node.getName(), node.getDomain(), node.getOpType(), node.getInputList(), node.getOutputList());
    }
}
