package org.lsuv.tf.live;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.TensorRef;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** Takes out variables that are read in the graph itself, as TensorFlow's Java API makes them. */
final class PlainVariables implements VariablePass {
    private static final Set<String> BY_REFERENCE = Set.of("Variable", "VariableV2");
    private static final Set<DataType> SHORT = Set.of(DataType.DT_HALF, DataType.DT_BFLOAT16);

    @Override
    public Flat apply(GraphDef graph, Collection<TensorRef> outputs) {
        Map<String, NodeDef> nodes = new HashMap<>();
        graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
        Set<String> needed = needed(nodes, outputs);
        Map<String, Variable> variables = new LinkedHashMap<>();
        GraphDef.Builder flat = graph.toBuilder().clearNode();
        for (NodeDef node : graph.getNodeList()) {
            if (!needed.contains(node.getName())) {
                continue;
            }
            if (isVariable(node)) {
                variables.put(node.getName(), addVariable(flat, node));
            } else {
                addReader(flat, nodes, withoutOrder(node));
            }
        }
        return new Flat(flat.build(), variables);
    }

    private static Set<String> needed(Map<String, NodeDef> nodes, Collection<TensorRef> outputs) {
        Set<String> needed = new HashSet<>();
        Deque<String> open = new ArrayDeque<>();
        outputs.forEach(output -> open.push(output.op()));
        while (!open.isEmpty()) {
            NodeDef node = nodes.get(open.pop());
            if (node != null && needed.add(node.getName())) {
                inputs(node).forEach(input -> open.push(TensorRef.parse(input).op()));
            }
        }
        return needed;
    }

    private static List<String> inputs(NodeDef node) {
        return node.getInputList().stream()
                .filter(input -> !input.startsWith("^"))
                .toList();
    }

    /** What only has to run before, such as an update of a variable, has no part in what is computed. */
    private static NodeDef withoutOrder(NodeDef node) {
        return node.toBuilder().clearInput().addAllInput(inputs(node)).build();
    }

    private static boolean isVariable(NodeDef node) {
        return node.getOp().equals("VarHandleOp") || BY_REFERENCE.contains(node.getOp());
    }

    /** Weights of 16 bits are fed as float32, as the kernels that copy them have it. */
    private static Variable addVariable(GraphDef.Builder graph, NodeDef node) {
        DataType type = node.getAttrOrThrow("dtype").getType();
        boolean isShort = SHORT.contains(type);
        String name = isShort ? node.getName() + "/lsuv_stored" : node.getName();
        AttrValue shape = node.getAttrOrDefault(
                "shape",
                AttrValue.newBuilder()
                        .setShape(TensorShapeProto.newBuilder().setUnknownRank(true))
                        .build());
        graph.addNode(NodeDef.newBuilder()
                .setName(name)
                .setOp("Placeholder")
                .putAttr("dtype", of(isShort ? DataType.DT_FLOAT : type))
                .putAttr("shape", shape));
        if (isShort) {
            graph.addNode(NodeDef.newBuilder()
                    .setName(node.getName())
                    .setOp("Cast")
                    .addInput(name)
                    .putAttr("SrcT", of(DataType.DT_FLOAT))
                    .putAttr("DstT", of(type)));
        }
        return new Variable(node.getName(), new TensorRef(name, 0), type);
    }

    private static void addReader(GraphDef.Builder graph, Map<String, NodeDef> nodes, NodeDef node) {
        NodeDef variable = inputs(node).stream()
                .map(input -> handle(nodes, input))
                .filter(found -> found.getOp().equals("VarHandleOp"))
                .findFirst()
                .orElse(NodeDef.getDefaultInstance());
        if (variable.getOp().isEmpty()) {
            graph.addNode(node);
            return;
        }
        AttrValue type = variable.getAttrOrThrow("dtype");
        switch (node.getOp()) {
            case "Identity" -> graph.addNode(node.toBuilder().putAttr("T", type));
            case "ReadVariableOp" ->
                graph.addNode(node.toBuilder().setOp("Identity").clearAttr().putAttr("T", type));
            case "VariableShape" ->
                graph.addNode(node.toBuilder().setOp("Shape").putAttr("T", type));
            case "ResourceGather" -> {
                String axis = node.getName() + "/lsuv_axis";
                graph.addNode(NodeDef.newBuilder()
                        .setName(axis)
                        .setOp("Const")
                        .putAttr("dtype", of(DataType.DT_INT32))
                        .putAttr(
                                "value",
                                AttrValue.newBuilder()
                                        .setTensor(TensorProto.newBuilder()
                                                .setDtype(DataType.DT_INT32)
                                                .setTensorShape(TensorShapeProto.getDefaultInstance())
                                                .addIntVal(0))
                                        .build()));
                graph.addNode(node.toBuilder()
                        .setOp("GatherV2")
                        .addInput(axis)
                        .removeAttr("dtype")
                        .removeAttr("validate_indices")
                        .putAttr("Tparams", type)
                        .putAttr("Taxis", of(DataType.DT_INT32)));
            }
            default ->
                throw new UnsupportedModelException("node \"" + node.getName() + "\": " + node.getOp()
                        + " uses the variable \"" + variable.getName()
                        + "\" itself, not its value; choose outputs that do not need it");
        }
    }

    private static NodeDef handle(Map<String, NodeDef> nodes, String input) {
        NodeDef node = nodes.getOrDefault(TensorRef.parse(input).op(), NodeDef.getDefaultInstance());
        return node.getOp().equals("Identity") && node.getInputCount() > 0 ? handle(nodes, node.getInput(0)) : node;
    }

    private static AttrValue of(DataType type) {
        return AttrValue.newBuilder().setType(type).build();
    }
}
