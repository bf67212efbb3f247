package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/** Gives access to one graph of a model: its nodes in execution order, its inputs, outputs, weights. */
public final class OnnxGraph {
    private final GraphProto proto;
    private final ExternalData externalData;
    private final Map<String, TensorProto> initializers = new LinkedHashMap<>();
    private final Map<String, OnnxValue> declared = new LinkedHashMap<>();
    private final List<OnnxNode> nodes;
    private final Set<String> captured;
    private final Map<String, OnnxNode> producers = new HashMap<>();
    private final Map<String, List<OnnxNode>> consumers = new HashMap<>();

    OnnxGraph(GraphProto proto, ExternalData externalData) {
        this.proto = proto;
        this.externalData = externalData;
        proto.getInitializerList().forEach(tensor -> initializers.put(tensor.getName(), tensor));
        Stream.of(proto.getValueInfoList(), proto.getOutputList(), proto.getInputList())
                .flatMap(List::stream)
                .map(OnnxGraph::value)
                .forEach(value -> declared.put(value.name(), value));
        List<OnnxNode> inFileOrder = new ArrayList<>(proto.getNodeCount());
        for (int i = 0; i < proto.getNodeCount(); i++) {
            inFileOrder.add(node(i, proto.getNode(i)));
        }
        for (OnnxNode node : inFileOrder) {
            node.outputs().stream().filter(name -> !name.isEmpty()).forEach(name -> producers.put(name, node));
        }
        this.nodes = ExecutionOrder.of(inFileOrder, producers);
        this.captured = ExecutionOrder.captured(this);
        for (OnnxNode node : nodes) {
            Stream.concat(
                            node.inputs().stream(),
                            node.attributes().allGraphs().stream().flatMap(inner -> inner.captured().stream()))
                    .filter(name -> !name.isEmpty())
                    .distinct()
                    .forEach(name -> consumers
                            .computeIfAbsent(name, key -> new ArrayList<>())
                            .add(node));
        }
    }

    private OnnxNode node(int index, NodeProto node) {
        String domain = node.getDomain().equals("ai.onnx") ? "" : node.getDomain();
        String owner =
                OnnxNode.describe(node.getName(), domain, node.getOpType(), node.getInputList(), node.getOutputList());
        Map<String, AttributeProto> byName = new LinkedHashMap<>();
        for (AttributeProto attribute : node.getAttributeList()) {
            if (byName.put(attribute.getName(), attribute) != null) {
                throw new OnnxFormatException(owner + ": attribute \"" + attribute.getName() + "\" is given twice");
            }
        }
        OnnxAttributes attributes = new OnnxAttributes(
                owner,
                byName,
                attribute -> TensorCodec.decode(attribute.getT(), externalData),
                attribute -> Stream.concat(
                                attribute.hasG() ? Stream.of(attribute.getG()) : Stream.of(),
                                attribute.getGraphsList().stream())
                        .map(graph -> new OnnxGraph(graph, externalData))
                        .toList());
        String opset = metadata(node, FunctionInlining.OPSET);
        return new OnnxNode(
                index,
                node.getName(),
                node.getOpType(),
                domain,
                node.getInputList(),
                node.getOutputList(),
                attributes,
                metadata(node, FunctionInlining.FUNCTION),
                opset.matches("[0-9]{1,9}") ? OptionalLong.of(Long.parseLong(opset)) : OptionalLong.empty());
    }

    /** Returns the last entry: functions that call functions leave one each, the innermost's last. */
    private static String metadata(NodeProto node, String key) {
        String found = "";
        for (StringStringEntryProto entry : node.getMetadataPropsList()) {
            found = entry.getKey().equals(key) ? entry.getValue() : found;
        }
        return found;
    }

    private static OnnxValue value(ValueInfoProto info) {
        TypeProto type = info.getType();
        OnnxValue.Kind kind = switch (type.getValueCase()) {
            case TENSOR_TYPE -> OnnxValue.Kind.TENSOR;
            case SPARSE_TENSOR_TYPE -> OnnxValue.Kind.SPARSE_TENSOR;
            case SEQUENCE_TYPE -> OnnxValue.Kind.SEQUENCE;
            case MAP_TYPE -> OnnxValue.Kind.MAP;
            case OPTIONAL_TYPE -> OnnxValue.Kind.OPTIONAL;
            default -> OnnxValue.Kind.UNKNOWN;
        };
        TypeProto.Tensor tensor = innermost(type).getTensorType();
        OnnxType elementType = OnnxType.ofCode(tensor.getElemType()).orElse(OnnxType.UNDEFINED);
        if (kind != OnnxValue.Kind.TENSOR || !tensor.hasShape()) {
            return new OnnxValue(info.getName(), elementType, Optional.empty(), kind);
        }
        List<OnnxShape.Dim> dims = tensor.getShape().getDimList().stream()
                .map(dim -> {
                    if (dim.hasDimValue() && dim.getDimValue() < -1) {
                        throw new OnnxFormatException(
                                "value \"" + info.getName() + "\": has a dimension of " + dim.getDimValue());
                    }
                    // Some exporters write −1, and older ones 0, for a size that is not fixed.
                    return dim.hasDimValue() && dim.getDimValue() >= 0
                            ? OnnxShape.Dim.of(dim.getDimValue())
                            : new OnnxShape.Dim(-1, dim.getDimParam());
                })
                .toList();
        return new OnnxValue(info.getName(), elementType, Optional.of(new OnnxShape(dims)), kind);
    }

    private static TypeProto innermost(TypeProto type) {
        return switch (type.getValueCase()) {
            case SEQUENCE_TYPE -> innermost(type.getSequenceType().getElemType());
            case OPTIONAL_TYPE -> innermost(type.getOptionalType().getElemType());
            default -> type;
        };
    }

    /** Returns the name of the graph. */
    public String name() {
        return proto.getName();
    }

    /** Returns the nodes in an order in which they can be computed: the file's, if it is one. */
    public List<OnnxNode> nodes() {
        return nodes;
    }

    /** Returns the inputs that a user feeds: those declared as inputs that no initializer fills. */
    public List<OnnxValue> inputs() {
        return proto.getInputList().stream()
                .filter(input -> !initializers.containsKey(input.getName()))
                .map(OnnxGraph::value)
                .toList();
    }

    /** Returns the outputs. */
    public List<OnnxValue> outputs() {
        return proto.getOutputList().stream().map(OnnxGraph::value).toList();
    }

    /** Returns the names of the dense initializers, in the order of the file. */
    public Set<String> initializerNames() {
        return initializers.keySet();
    }

    /** Returns the names of the sparse initializers. */
    public List<String> sparseInitializerNames() {
        return proto.getSparseInitializerList().stream()
                .map(sparse -> sparse.getValues().getName())
                .toList();
    }

    /** Returns an initializer, if there is one of this name; its bytes are not copied. */
    public Optional<OnnxTensor> initializer(String name) {
        return Optional.ofNullable(initializers.get(name)).map(tensor -> TensorCodec.decode(tensor, externalData));
    }

    /** Returns what the file declares of a value: input, output or intermediate. */
    public Optional<OnnxValue> declared(String name) {
        return Optional.ofNullable(declared.get(name));
    }

    /** Returns the node that computes a value; empty for inputs and initializers. */
    public Optional<OnnxNode> producer(String value) {
        return Optional.ofNullable(producers.get(value));
    }

    /** Returns the values that this graph reads from the graphs around it. */
    public Set<String> captured() {
        return captured;
    }

    /**
     * Returns the nodes of this graph that read a value, in execution order, each once: as an input, or inside
     * their bodies.
     */
    public List<OnnxNode> consumers(String value) {
        return consumers.getOrDefault(value, List.of());
    }

    /** Tells whether a value is an output of this graph. */
    public boolean isOutput(String value) {
        return proto.getOutputList().stream()
                .anyMatch(output -> output.getName().equals(value));
    }

    /** Returns what a node of this graph says of itself under a key; empty where it says nothing. */
    public String metadata(OnnxNode node, String key) {
        return metadata(proto.getNode(node.index()), key);
    }

    GraphProto proto() {
        return proto;
    }

    @Override
    public String toString() {
        return "graph \"" + name() + "\" of " + nodes.size() + " nodes";
    }
}
