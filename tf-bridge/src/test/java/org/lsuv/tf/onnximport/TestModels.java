package org.lsuv.tf.onnximport;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.TfInput;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;

/**
 * Builds small models for tests, and runs them.
 *
 * <pre>{@code
 * OnnxModel model = TestModels.opset(13)
 *         .input("x", OnnxType.FLOAT, -1, 3)
 *         .initializer(OnnxTensor.ofLongs("shape", new long[] {1}, -1))
 *         .node("Softmax", "x", "p", "axis", 1)
 *         .node("Reshape", "p, shape", "y")
 *         .build("y");
 * List<OnnxTensor> results = TestModels.run(model, OnnxTensor.ofFloats("x", new long[] {1, 3}, 1, 2, 3));
 * }</pre>
 */
public final class TestModels {
    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("test");
    private final ModelProto.Builder model = ModelProto.newBuilder().setIrVersion(10);

    private TestModels() {}

    /** Starts a model that uses this version of the {@code ai.onnx} operators. */
    public static TestModels opset(long version) {
        TestModels models = new TestModels();
        models.model.addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(version));
        return models;
    }

    /** Uses operators of another domain, too; nodes name them with it, {@code com.microsoft.QLinearAdd}. */
    public TestModels domain(String domain, long version) {
        model.addOpsetImport(OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(version));
        return this;
    }

    /** Starts a graph that an attribute holds, or the body of a function: {@link #graph} ends it. */
    public static TestModels body() {
        return new TestModels();
    }

    /** Returns the graph alone. */
    public GraphProto graph(String... outputs) {
        for (String output : outputs) {
            graph.addOutput(ValueInfoProto.newBuilder().setName(output));
        }
        return graph.build();
    }

    /** Adds an input of the type that the node gives it whose attribute this graph is. */
    public TestModels input(String name) {
        graph.addInput(ValueInfoProto.newBuilder().setName(name));
        return this;
    }

    /** Adds a local function of domain {@code local}, which uses version {@code opset} of the operators. */
    public TestModels function(long opset, String name, GraphProto body, String... attributes) {
        FunctionProto.Builder function = FunctionProto.newBuilder()
                .setDomain("local")
                .setName(name)
                .addAllNode(body.getNodeList())
                .addAllAttribute(Arrays.asList(attributes))
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
                .addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain("local").setVersion(1));
        body.getInputList().forEach(input -> function.addInput(input.getName()));
        body.getOutputList().forEach(output -> function.addOutput(output.getName()));
        model.addFunctions(function);
        return this;
    }

    /** Lets the last node's last attribute be what the call of the function around it gives for an attribute. */
    public TestModels reference(String attribute) {
        NodeProto.Builder node = graph.getNodeBuilder(graph.getNodeCount() - 1);
        AttributeProto.Builder last = node.getAttributeBuilder(node.getAttributeCount() - 1);
        last.clearI().clearF().setRefAttrName(attribute);
        return this;
    }

    /** Adds an input; −1 is a size that is fed freely. */
    public TestModels input(String name, OnnxType type, long... shape) {
        ValueInfoProto.Builder value = ValueInfoProto.newBuilder().setName(name);
        var tensor = value.getTypeBuilder().getTensorTypeBuilder().setElemType(type.code());
        var dims = tensor.getShapeBuilder();
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] < 0) {
                dims.addDimBuilder().setDimParam(name + "_" + i);
            } else {
                dims.addDimBuilder().setDimValue(shape[i]);
            }
        }
        graph.addInput(value);
        return this;
    }

    /** Adds a stored tensor under its own name. */
    public TestModels initializer(OnnxTensor tensor) {
        graph.addInitializer(proto(tensor));
        return this;
    }

    /**
     * Adds a node.
     *
     * @param op the operator, with its domain and a point in front if it is not one of ONNX's own; version 1
     *     of such a domain is imported
     * @param inputs names with commas between them; nothing between two commas is an input left out
     * @param outputs names, likewise
     * @param attributes names and values in turn: {@code "axis", 1, "pads", new long[] {0, 1}, "mode",
     *     "edge", "value", tensor, "alpha", 0.1f, "activations", List.of("Tanh")}
     */
    public TestModels node(String op, String inputs, String outputs, Object... attributes) {
        int point = op.lastIndexOf('.');
        String domain = op.substring(0, Math.max(point, 0));
        imported(domain);
        NodeProto.Builder node = NodeProto.newBuilder()
                .setName(op + "_" + graph.getNodeCount())
                .setDomain(domain)
                .setOpType(op.substring(point + 1))
                .addAllInput(names(inputs))
                .addAllOutput(names(outputs));
        for (int i = 0; i < attributes.length; i += 2) {
            node.addAttribute(attribute((String) attributes[i], attributes[i + 1]));
        }
        graph.addNode(node);
        return this;
    }

    private void imported(String domain) {
        if (model.getOpsetImportList().stream()
                .noneMatch(known -> known.getDomain().equals(domain))) {
            model.addOpsetImport(
                    OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(1));
        }
    }

    /** Returns the model, read from its bytes as from a file. */
    public OnnxModel build(String... outputs) {
        for (String output : outputs) {
            graph.addOutput(ValueInfoProto.newBuilder().setName(output));
        }
        return OnnxReader.read(model.setGraph(graph).build().toByteArray());
    }

    /** Imports the model, feeds tensors by their names, and returns the outputs in order. */
    static List<OnnxTensor> run(OnnxModel model, OnnxTensor... feeds) {
        TfModel imported = OnnxImporter.load(model, ImportOptions.defaults());
        try (TfRun run = TfRun.open(imported.graph(), TfOptions.defaults())) {
            run.feedWeights(imported);
            for (OnnxTensor feed : feeds) {
                TfInput input = imported.inputs().stream()
                        .filter(candidate -> candidate.name().equals(feed.name()))
                        .findFirst()
                        .orElseThrow(() -> new AssertionError("the model has no input \"" + feed.name() + "\""));
                run.feed(input.tensor(), feed);
            }
            return run.fetch(List.copyOf(imported.outputs().values()));
        }
    }

    private static List<String> names(String list) {
        return list.isEmpty()
                ? List.of()
                : Arrays.stream(list.split(",", -1)).map(String::strip).toList();
    }

    private static AttributeProto attribute(String name, Object value) {
        AttributeProto.Builder attribute = AttributeProto.newBuilder().setName(name);
        if (value instanceof Integer || value instanceof Long) {
            attribute.setType(AttributeType.INT).setI(((Number) value).longValue());
        } else if (value instanceof long[] integers) {
            attribute
                    .setType(AttributeType.INTS)
                    .addAllInts(LongStream.of(integers).boxed().toList());
        } else if (value instanceof Float number) {
            attribute.setType(AttributeType.FLOAT).setF(number);
        } else if (value instanceof float[] numbers) {
            attribute.setType(AttributeType.FLOATS);
            for (float number : numbers) {
                attribute.addFloats(number);
            }
        } else if (value instanceof List<?> texts) {
            attribute.setType(AttributeType.STRINGS);
            texts.forEach(text -> attribute.addStrings(ByteString.copyFromUtf8((String) text)));
        } else if (value instanceof String text) {
            attribute.setType(AttributeType.STRING).setS(ByteString.copyFromUtf8(text));
        } else if (value instanceof String[] texts) {
            attribute.setType(AttributeType.STRINGS);
            for (String text : texts) {
                attribute.addStrings(ByteString.copyFromUtf8(text));
            }
        } else if (value instanceof GraphProto body) {
            attribute.setType(AttributeType.GRAPH).setG(body);
        } else if (value instanceof OnnxTensor tensor) {
            attribute.setType(AttributeType.TENSOR).setT(proto(tensor));
        } else {
            throw new IllegalArgumentException("attribute \"" + name + "\": no attribute type for "
                    + value.getClass().getSimpleName());
        }
        return attribute.build();
    }

    private static TensorProto proto(OnnxTensor tensor) {
        TensorProto.Builder proto = TensorProto.newBuilder()
                .setName(tensor.name())
                .setDataType(tensor.type().code())
                .addAllDims(LongStream.of(tensor.shape()).boxed().toList());
        if (tensor.type() == OnnxType.STRING) {
            tensor.strings().forEach(text -> proto.addStringData(ByteString.copyFromUtf8(text)));
            return proto.build();
        }
        List<ByteString> bytes = new ArrayList<>();
        for (ByteBuffer chunk : tensor.chunks()) {
            bytes.add(ByteString.copyFrom(chunk));
        }
        return proto.setRawData(ByteString.copyFrom(bytes)).build();
    }
}
