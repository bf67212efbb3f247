package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.function.UnaryOperator;

/** Applies a change to every stored tensor of a model: initializers and attributes, at any depth. */
final class TensorRewrite {
    private final UnaryOperator<TensorProto> change;

    private TensorRewrite(UnaryOperator<TensorProto> change) {
        this.change = change;
    }

    static ModelProto apply(ModelProto model, UnaryOperator<TensorProto> change) {
        TensorRewrite rewrite = new TensorRewrite(change);
        ModelProto.Builder builder = model.toBuilder().setGraph(rewrite.graph(model.getGraph()));
        for (int i = 0; i < model.getFunctionsCount(); i++) {
            FunctionProto.Builder function = builder.getFunctions(i).toBuilder();
            for (int j = 0; j < function.getNodeCount(); j++) {
                function.setNode(j, rewrite.node(function.getNode(j)));
            }
            builder.setFunctions(i, function);
        }
        return builder.build();
    }

    private GraphProto graph(GraphProto graph) {
        GraphProto.Builder builder = graph.toBuilder();
        for (int i = 0; i < graph.getInitializerCount(); i++) {
            builder.setInitializer(i, change.apply(graph.getInitializer(i)));
        }
        for (int i = 0; i < graph.getSparseInitializerCount(); i++) {
            builder.setSparseInitializer(
                    i,
                    graph.getSparseInitializer(i).toBuilder()
                            .setValues(
                                    change.apply(graph.getSparseInitializer(i).getValues()))
                            .setIndices(
                                    change.apply(graph.getSparseInitializer(i).getIndices())));
        }
        for (int i = 0; i < graph.getNodeCount(); i++) {
            builder.setNode(i, node(graph.getNode(i)));
        }
        return builder.build();
    }

    private NodeProto node(NodeProto node) {
        NodeProto.Builder builder = node.toBuilder();
        for (int i = 0; i < node.getAttributeCount(); i++) {
            AttributeProto.Builder attribute = node.getAttribute(i).toBuilder();
            if (attribute.hasT()) {
                attribute.setT(change.apply(attribute.getT()));
            }
            for (int j = 0; j < attribute.getTensorsCount(); j++) {
                attribute.setTensors(j, change.apply(attribute.getTensors(j)));
            }
            if (attribute.hasG()) {
                attribute.setG(graph(attribute.getG()));
            }
            for (int j = 0; j < attribute.getGraphsCount(); j++) {
                attribute.setGraphs(j, graph(attribute.getGraphs(j)));
            }
            builder.setAttribute(i, attribute);
        }
        return builder.build();
    }
}
