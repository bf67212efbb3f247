package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/** Builds small models for tests. */
public final class TestModel {
    private final long opset;
    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("test");
    private long irVersion = 8;

    private TestModel(long opset) {
        this.opset = opset;
    }

    public static TestModel opset(long version) {
        return new TestModel(version);
    }

    public TestModel ir(long version) {
        irVersion = version;
        return this;
    }

    public TestModel input(String name, OnnxType type, Object... dims) {
        graph.addInput(value(name, type, dims));
        return this;
    }

    public TestModel initializer(TensorProto tensor) {
        graph.addInitializer(tensor);
        return this;
    }

    public TestModel floats(String name, long[] shape, float... values) {
        return initializer(floatData(name, shape, values));
    }

    public TestModel longs(String name, long... values) {
        TensorProto.Builder tensor = tensor(name, OnnxType.INT64, values.length);
        for (long value : values) {
            tensor.addInt64Data(value);
        }
        return initializer(tensor.build());
    }

    public TestModel node(String operator, List<String> inputs, List<String> outputs, AttributeProto... attributes) {
        return node(NodeProto.newBuilder()
                .setOpType(operator)
                .addAllInput(inputs)
                .addAllOutput(outputs)
                .addAllAttribute(Arrays.asList(attributes))
                .build());
    }

    public TestModel node(NodeProto node) {
        graph.addNode(node);
        return this;
    }

    public TestModel output(String name, OnnxType type, Object... dims) {
        graph.addOutput(value(name, type, dims));
        return this;
    }

    public GraphProto graph() {
        return graph.build();
    }

    public ModelProto proto() {
        return ModelProto.newBuilder()
                .setIrVersion(irVersion)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
                .setGraph(graph)
                .build();
    }

    public byte[] bytes() {
        return proto().toByteArray();
    }

    public OnnxModel read() {
        return OnnxReader.read(bytes());
    }

    public static ValueInfoProto value(String name, OnnxType type, Object... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (Object dim : dims) {
            if (dim instanceof Number size) {
                shape.addDimBuilder().setDimValue(size.longValue());
            } else {
                shape.addDimBuilder().setDimParam(dim.toString());
            }
        }
        TypeProto.Tensor.Builder tensor =
                TypeProto.Tensor.newBuilder().setElemType(type.code()).setShape(shape);
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(tensor))
                .build();
    }

    public static TensorProto floatData(String name, long[] shape, float... values) {
        TensorProto.Builder tensor = tensor(name, OnnxType.FLOAT, shape);
        for (float value : values) {
            tensor.addFloatData(value);
        }
        return tensor.build();
    }

    public static TensorProto rawFloats(String name, long[] shape, float... values) {
        return tensor(name, OnnxType.FLOAT, shape)
                .setRawData(ByteString.copyFrom(littleEndian(values)))
                .build();
    }

    public static byte[] littleEndian(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    public static TensorProto.Builder tensor(String name, OnnxType type, long... shape) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(type.code());
        for (long dim : shape) {
            tensor.addDims(dim);
        }
        return tensor;
    }

    public static AttributeProto attribute(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeType.INT)
                .setI(value)
                .build();
    }

    public static AttributeProto attribute(String name, String value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build();
    }

    public static AttributeProto attribute(String name, long[] values) {
        AttributeProto.Builder attribute =
                AttributeProto.newBuilder().setName(name).setType(AttributeType.INTS);
        for (long value : values) {
            attribute.addInts(value);
        }
        return attribute.build();
    }

    public static AttributeProto attribute(String name, float value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeType.FLOAT)
                .setF(value)
                .build();
    }

    public static AttributeProto attribute(String name, float[] values) {
        AttributeProto.Builder attribute =
                AttributeProto.newBuilder().setName(name).setType(AttributeType.FLOATS);
        for (float value : values) {
            attribute.addFloats(value);
        }
        return attribute.build();
    }

    public static AttributeProto attribute(String name, TensorProto value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeType.TENSOR)
                .setT(value)
                .build();
    }

    public static AttributeProto attribute(String name, GraphProto value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeType.GRAPH)
                .setG(value)
                .build();
    }
}
