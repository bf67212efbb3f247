package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.List;

/** Collects what makes up a node that a {@link ModelExtension} adds. */
public final class NodeDraft {
    private final ModelExtension extension;
    private final NodeProto.Builder node = NodeProto.newBuilder();

    NodeDraft(ModelExtension extension, String operator, List<String> inputs) {
        this.extension = extension;
        node.setOpType(operator).addAllInput(inputs);
    }

    /** Gives the node an integer attribute. */
    public NodeDraft with(String attribute, long value) {
        node.addAttribute(attribute(attribute, AttributeType.INT).setI(value));
        return this;
    }

    /** Gives the node an attribute of several integers. */
    public NodeDraft withInts(String attribute, List<Long> values) {
        node.addAttribute(attribute(attribute, AttributeType.INTS).addAllInts(values));
        return this;
    }

    /** Gives the node those attributes that another one has of some names. */
    public NodeDraft withAttributesOf(OnnxNode other, List<String> names) {
        node.addAllAttribute(other.attributes().protos(names));
        return this;
    }

    /** Gives the node a tensor attribute. */
    public NodeDraft withTensor(String attribute, OnnxTensor value) {
        node.addAttribute(attribute(attribute, AttributeType.TENSOR).setT(TensorCodec.encode(value.withName(""))));
        return this;
    }

    private static AttributeProto.Builder attribute(String name, AttributeType type) {
        return AttributeProto.newBuilder().setName(name).setType(type);
    }

    /** Adds the node and returns the name of its only output, a new one. */
    public String add() {
        String output = extension.newName();
        addAs(List.of(output));
        return output;
    }

    /** Adds the node with outputs of these names; an empty name leaves an output out. */
    public void addAs(List<String> outputs) {
        extension.add(node.addAllOutput(outputs).setName(extension.newName()).build());
    }
}
