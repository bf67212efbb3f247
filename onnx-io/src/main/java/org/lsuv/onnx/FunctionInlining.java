package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts the bodies of a model's local functions where they are called. What a body computes is named after
 * the call, {@code call/inner}; what the call takes and gives keeps its names.
 */
final class FunctionInlining {
    /** Names, in a node's metadata, the function that the node comes from. */
    static final String FUNCTION = "org.lsuv.function";

    /** Gives, in a node's metadata, the version of its operators where it is not the model's. */
    static final String OPSET = "org.lsuv.opset";

    private static final int MAX_NODES = 500_000;
    private static final int MAX_DEPTH = 100;

    private record Key(String domain, String name, String overload) {}

    private final Map<Key, FunctionProto> functions = new HashMap<>();
    private final Map<String, Long> opsets = new HashMap<>();
    private final UniqueNames names;
    private final Deque<Key> open = new ArrayDeque<>();
    private int nodes;

    private FunctionInlining(ModelProto model) {
        this.names = UniqueNames.of(model.getGraph());
        for (FunctionProto function : model.getFunctionsList()) {
            Key key = new Key(canonical(function.getDomain()), function.getName(), function.getOverload());
            if (functions.put(key, function) != null) {
                throw new OnnxFormatException("function \"" + function.getName() + "\" is defined twice");
            }
        }
        model.getOpsetImportList()
                .forEach(opset -> opsets.merge(canonical(opset.getDomain()), opset.getVersion(), Math::max));
    }

    private static String canonical(String domain) {
        return domain.equals("ai.onnx") ? "" : domain;
    }

    /**
     * Returns the model without functions.
     *
     * @throws OnnxFormatException if a function calls itself, or a call does not fit its function
     * @throws UnsupportedModelException if the model would become too large
     */
    static ModelProto inlined(ModelProto model) {
        FunctionInlining inlining = new FunctionInlining(model);
        GraphProto.Builder graph = model.getGraph().toBuilder().clearNode();
        graph.addAllNode(inlining.expanded(model.getGraph().getNodeList()));
        ModelProto.Builder builder = model.toBuilder().clearFunctions().clearOpsetImport();
        // Those that only functions use come with them, or the file would not say what its nodes mean.
        inlining.opsets.forEach((domain, version) -> builder.addOpsetImport(
                OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(version)));
        return builder.setGraph(graph).build();
    }

    private List<NodeProto> expanded(List<NodeProto> list) {
        List<NodeProto> result = new ArrayList<>(list.size());
        for (NodeProto node : list) {
            FunctionProto function = functions.get(keyOf(node));
            if (function != null) {
                result.addAll(call(node, function));
            } else {
                count();
                result.add(expandedInside(node));
            }
        }
        return result;
    }

    private static Key keyOf(NodeProto node) {
        return new Key(canonical(node.getDomain()), node.getOpType(), node.getOverload());
    }

    private void count() {
        if (++nodes > MAX_NODES) {
            throw new UnsupportedModelException(
                    "with its functions put where they are called the model has more than " + MAX_NODES + " nodes");
        }
    }

    private NodeProto expandedInside(NodeProto node) {
        if (node.getAttributeList().stream().noneMatch(FunctionInlining::holdsGraphs)) {
            return node;
        }
        NodeProto.Builder builder = node.toBuilder();
        for (AttributeProto.Builder attribute : builder.getAttributeBuilderList()) {
            if (attribute.hasG()) {
                attribute.setG(expanded(attribute.getG()));
            }
            for (int i = 0; i < attribute.getGraphsCount(); i++) {
                attribute.setGraphs(i, expanded(attribute.getGraphs(i)));
            }
        }
        return builder.build();
    }

    private static boolean holdsGraphs(AttributeProto attribute) {
        return attribute.hasG() || attribute.getGraphsCount() > 0;
    }

    private GraphProto expanded(GraphProto graph) {
        return graph.toBuilder()
                .clearNode()
                .addAllNode(expanded(graph.getNodeList()))
                .build();
    }

    private List<NodeProto> call(NodeProto node, FunctionProto function) {
        Key key = keyOf(node);
        if (open.contains(key)) {
            throw new OnnxFormatException(
                    describe(node) + ": function \"" + function.getName() + "\" calls itself; the standard forbids it");
        }
        if (open.size() >= MAX_DEPTH) {
            throw new UnsupportedModelException(
                    describe(node) + ": functions call each other more than " + MAX_DEPTH + " levels deep");
        }
        if (node.getInputCount() > function.getInputCount() || node.getOutputCount() > function.getOutputCount()) {
            throw new OnnxFormatException(describe(node) + ": function \"" + function.getName() + "\" has "
                    + function.getInputCount() + " inputs and " + function.getOutputCount() + " outputs");
        }
        open.push(key);
        List<NodeProto> body = new FunctionCall(node, function, names).body();
        List<NodeProto> result = new ArrayList<>();
        Map<String, Long> own = new HashMap<>();
        function.getOpsetImportList().forEach(opset -> own.put(canonical(opset.getDomain()), opset.getVersion()));
        body.forEach(inner -> result.add(marked(inner, function, own)));
        List<NodeProto> whole = expanded(result);
        open.pop();
        return whole;
    }

    private NodeProto marked(NodeProto node, FunctionProto function, Map<String, Long> own) {
        NodeProto.Builder builder = node.toBuilder();
        for (AttributeProto.Builder attribute : builder.getAttributeBuilderList()) {
            if (attribute.hasG()) {
                markInside(attribute.getGBuilder(), function, own);
            }
            attribute.getGraphsBuilderList().forEach(graph -> markInside(graph, function, own));
        }
        builder.addMetadataProps(entry(FUNCTION, label(function)));
        String domain = canonical(node.getDomain());
        Long wanted = own.get(domain);
        if (wanted != null && !opsets.computeIfAbsent(domain, key -> wanted).equals(wanted)) {
            builder.addMetadataProps(entry(OPSET, Long.toString(wanted)));
        }
        return builder.build();
    }

    private void markInside(GraphProto.Builder graph, FunctionProto function, Map<String, Long> own) {
        for (int i = 0; i < graph.getNodeCount(); i++) {
            graph.setNode(i, marked(graph.getNode(i), function, own));
        }
    }

    private static String label(FunctionProto function) {
        return function.getDomain().isEmpty() ? function.getName() : function.getDomain() + "." + function.getName();
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private static String describe(NodeProto node) {
        return OnnxNode.describe(
                node.getName(), node.getDomain(), node.getOpType(), node.getInputList(), node.getOutputList());
    }
}
