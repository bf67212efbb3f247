package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.NodeProto;
import com.google.protobuf.ByteString;
import java.util.List;

/** Collects what makes up a node that a {@link ModelExtension} or a {@link GraphBuilder} adds. */
public final class NodeDraft {
    private final NodeOwner owner;
    private final NodeProto.Builder node = NodeProto.newBuilder();

    NodeDraft(NodeOwner owner, String operator, List<String> inputs) {
        this.owner = owner;
        node.setOpType(operator).addAllInput(inputs);
    }

    /** Gives the node an integer attribute. */
    public NodeDraft with(String attribute, long value) {
        node.addAttribute(attribute(attribute, AttributeType.INT).setI(value));
        return this;
    }

    /** Gives the node a floating-point attribute. */
    public NodeDraft withFloat(String attribute, double value) {
        node.addAttribute(attribute(attribute, AttributeType.FLOAT).setF((float) value));
        return this;
    }

    /** Gives the node an attribute of text. */
    public NodeDraft withText(String attribute, String value) {
        node.addAttribute(attribute(attribute, AttributeType.STRING).setS(ByteString.copyFromUtf8(value)));
        return this;
    }

    /** Gives the node an attribute of several texts. */
    public NodeDraft withTexts(String attribute, List<String> values) {
        node.addAttribute(attribute(attribute, AttributeType.STRINGS)
                .addAllStrings(values.stream().map(ByteString::copyFromUtf8).toList()));
        return this;
    }

    /** Gives the node a graph, which sees the values of the graph that the node is added to. */
    public NodeDraft withGraph(String attribute, GraphBuilder graph) {
        node.addAttribute(attribute(attribute, AttributeType.GRAPH).setG(graph.proto()));
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
        String output = owner.newName();
        addAs(List.of(output));
        return output;
    }

    /** Adds the node with outputs of these names; an empty name leaves an output out. */
    public void addAs(List<String> outputs) {
        owner.add(node.addAllOutput(outputs).setName(owner.newName()));
    }
}
