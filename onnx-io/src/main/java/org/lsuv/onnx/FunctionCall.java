package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
                        .addInput(RenamedNodes.renamed(renamed, function.getOutput(i)))
                        .addOutput(outer)
                        .build());
            }
        }
        RenamedNodes copies = new RenamedNodes(label, names, attributes, RenamedNodes.Inner.RENAMED);
        List<NodeProto> result = new ArrayList<>(copies.nodes(function.getNodeList(), renamed));
        result.addAll(handedOn);
        return result;
    }
}
