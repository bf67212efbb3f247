package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Builds a graph from nothing, and a model around it. What no output depends on is left out in the end.
 *
 * <pre>{@code
 * GraphBuilder graph = GraphBuilder.named("half");
 * graph.input(new OnnxValue("x", OnnxType.FLOAT, Optional.of(OnnxShape.of(-1, 3)), OnnxValue.Kind.TENSOR));
 * graph.initializer(OnnxTensor.ofFloats("two", new long[0], 2));
 * graph.node("Div", "x", "two").addAs(List.of("y"));
 * graph.output(new OnnxValue("y", OnnxType.FLOAT, Optional.empty(), OnnxValue.Kind.TENSOR));
 * OnnxModel model = graph.model(17, "example");
 * }</pre>
 *
 * <p>Graphs inside of it share its names: none means two values.
 */
public final class GraphBuilder extends NodeOwner {
    /** What one message can hold, less what the rest of a model may take. */
    public static final long MAX_MESSAGE_BYTES = (1L << 31) - (1L << 24);

    private static final Map<Long, Long> IR_VERSIONS =
            Map.of(13L, 7L, 14L, 7L, 19L, 9L, 20L, 9L, 21L, 10L, 22L, 10L, 23L, 11L, 24L, 12L);

    private final String name;
    private final UniqueNames names;
    private final List<OnnxValue> inputs = new ArrayList<>();
    private final List<OnnxValue> outputs = new ArrayList<>();
    private final Map<String, OnnxTensor> initializers = new LinkedHashMap<>();
    private final List<NodeProto.Builder> nodes = new ArrayList<>();
    private final Map<String, NodeProto.Builder> producers = new HashMap<>();
    private String prefix = "value";

    private GraphBuilder(String name, UniqueNames names) {
        this.name = name;
        this.names = names;
    }

    /** Starts the main graph of a model. */
    public static GraphBuilder named(String name) {
        return new GraphBuilder(name, UniqueNames.none());
    }

    /** Starts a graph for an attribute of a node of this one. */
    public GraphBuilder inner(String innerName) {
        return new GraphBuilder(innerName, names);
    }

    /** Returns the name itself if it is free, or one like it; it is taken from then on. */
    public String freeName(String wanted) {
        return names.free(wanted.isEmpty() ? "value" : wanted);
    }

    /** Lets names that are made up from here on start like this. */
    public void setPrefix(String prefix) {
        this.prefix = prefix;
    }

    /** Declares an input, whose name was made free before. */
    public void input(OnnxValue input) {
        inputs.add(input);
    }

    /** Declares an output: a value of this graph. */
    public void output(OnnxValue output) {
        outputs.add(output);
    }

    /** Stores a tensor under its name, which was made free before. */
    public void initializer(OnnxTensor tensor) {
        initializers.put(tensor.name(), tensor);
    }

    /** Returns the stored tensors by name. */
    public Map<String, OnnxTensor> initializers() {
        return Map.copyOf(initializers);
    }

    /** Starts a node of the {@code ai.onnx} domain; an empty name leaves an optional input out. */
    public NodeDraft node(String operator, String... nodeInputs) {
        return new NodeDraft(this, operator, List.of(nodeInputs));
    }

    /** Returns the operator of the node that gives a value; empty where none of this graph does. */
    public String producer(String value) {
        NodeProto.Builder node = producers.get(value);
        return node == null ? "" : node.getOpType();
    }

    /** Returns the number of inputs of the node that gives a value. */
    public int inputCount(String value) {
        NodeProto.Builder node = producers.get(value);
        return node == null ? 0 : node.getInputCount();
    }

    /** Adds one more input, a stored tensor, to the node that gives a value nobody reads, and renames that value. */
    public void addInput(String value, String initializer, String newName) {
        NodeProto.Builder node = producers.remove(value);
        if (node == null || !initializers.containsKey(initializer)) {
            throw new IllegalArgumentException(value + " takes no input " + initializer);
        }
        node.addInput(initializer).setOutput(0, newName);
        producers.put(newName, node);
    }

    @Override
    String newName() {
        return names.free(prefix);
    }

    @Override
    void add(NodeProto.Builder node) {
        nodes.add(node);
        node.getOutputList().forEach(output -> producers.put(output, node));
    }

    /** Returns the model, its tensors in a data file where one message cannot hold them. */
    public OnnxModel model(long opset, String producer) {
        return model(opset, producer, MAX_MESSAGE_BYTES);
    }

    /**
     * Returns the model. Where its stored tensors are larger than a message may be, all but small ones are external
     * data: {@link OnnxWriter} puts them into a file beside the model.
     *
     * @param opset the version of the {@code ai.onnx} operators, 13 to 24
     * @param producer who made it
     * @param maxMessageBytes the most bytes of tensors that the message may hold
     */
    public OnnxModel model(long opset, String producer, long maxMessageBytes) {
        Needed needed = needed();
        long bytes = needed.tensors().stream().mapToLong(OnnxTensor::byteCount).sum();
        TensorStorage storage = bytes > maxMessageBytes ? TensorStorage.withDataFile() : TensorStorage.inMessage();
        ModelProto proto = ModelProto.newBuilder()
                .setIrVersion(IR_VERSIONS.getOrDefault(opset, 8L))
                .setProducerName(producer)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(opset))
                .setGraph(proto(needed, storage))
                .build();
        return new OnnxModel(null, proto, storage.data());
    }

    GraphProto proto() {
        return proto(needed(), TensorStorage.inMessage());
    }

    /** Holds what the outputs depend on. */
    private record Needed(List<NodeProto> nodes, List<OnnxTensor> tensors) {}

    private Needed needed() {
        Set<String> needed = new HashSet<>();
        outputs.forEach(output -> needed.add(output.name()));
        List<NodeProto> kept = new ArrayList<>();
        for (int i = nodes.size() - 1; i >= 0; i--) {
            NodeProto.Builder node = nodes.get(i);
            if (node.getOutputList().stream().anyMatch(needed::contains)) {
                kept.add(0, node.build());
                addReads(node.getInputList(), node.getAttributeList(), needed);
            }
        }
        return new Needed(
                kept,
                initializers.values().stream()
                        .filter(tensor -> needed.contains(tensor.name()))
                        .toList());
    }

    private GraphProto proto(Needed needed, TensorStorage storage) {
        GraphProto.Builder graph = GraphProto.newBuilder().setName(name).addAllNode(needed.nodes());
        inputs.forEach(input -> graph.addInput(info(input)));
        outputs.forEach(output -> graph.addOutput(info(output)));
        needed.tensors().forEach(tensor -> graph.addInitializer(storage.store(tensor)));
        return graph.build();
    }

    private static void addReads(List<String> inputs, List<AttributeProto> attributes, Set<String> needed) {
        needed.addAll(inputs);
        for (AttributeProto attribute : attributes) {
            if (attribute.hasG()) {
                attribute.getG().getOutputList().forEach(output -> needed.add(output.getName()));
                for (NodeProto inner : attribute.getG().getNodeList()) {
                    addReads(inner.getInputList(), inner.getAttributeList(), needed);
                }
            }
        }
    }

    private static ValueInfoProto info(OnnxValue value) {
        TypeProto.Tensor.Builder tensor =
                TypeProto.Tensor.newBuilder().setElemType(value.type().code());
        @Nullable OnnxShape shape = value.shape().orElse(null);
        if (shape != null) {
            TensorShapeProto.Builder dims = TensorShapeProto.newBuilder();
            for (OnnxShape.Dim dim : shape.dims()) {
                TensorShapeProto.Dimension.Builder one = dims.addDimBuilder();
                if (dim.isFixed()) {
                    one.setDimValue(dim.size());
                } else if (!dim.symbol().isEmpty()) {
                    one.setDimParam(dim.symbol());
                }
            }
            tensor.setShape(dims);
        }
        return ValueInfoProto.newBuilder()
                .setName(value.name())
                .setType(TypeProto.newBuilder().setTensorType(tensor))
                .build();
    }
}
