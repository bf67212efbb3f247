package org.lsuv.tf.nodes;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.SharedTensors;
import org.lsuv.tf.TfTypes;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** Reads and writes the values of constants. */
public final class ConstantTensors {
    private ConstantTensors() {}

    /**
     * Returns the values of a constant of floating-point numbers.
     *
     * @throws OnnxFormatException if there are not as many as its shape says
     */
    public static OnnxTensor value(String name, TensorProto tensor) {
        OnnxType type = TfTypes.onnxType(tensor.getDtype());
        long[] shape = tensor.getTensorShape().getDimList().stream()
                .mapToLong(TensorShapeProto.Dim::getSize)
                .toArray();
        long bytes = OnnxTensor.byteCount(name, type, shape);
        if (bytes > OnnxTensor.CHUNK_BYTES) {
            throw new UnsupportedModelException("constant \"" + name + "\": has more than 1 GB");
        }
        ByteBuffer values = SharedTensors.allocate((int) bytes);
        if (!tensor.getTensorContent().isEmpty()) {
            if (tensor.getTensorContent().size() != bytes) {
                throw new OnnxFormatException("constant \"" + name + "\": expected " + bytes + " bytes, found "
                        + tensor.getTensorContent().size());
            }
            tensor.getTensorContent().copyTo(values);
        } else {
            fill(name, tensor, values);
        }
        return OnnxTensor.of(name, type, shape, bytes == 0 ? List.of() : List.of(values.flip()));
    }

    /** Where fewer values are stored than the shape says, the last stands for the rest; none at all are zeros. */
    private static void fill(String name, TensorProto tensor, ByteBuffer values) {
        int stored = switch (tensor.getDtype()) {
            case DT_FLOAT -> tensor.getFloatValCount();
            case DT_DOUBLE -> tensor.getDoubleValCount();
            default -> tensor.getHalfValCount();
        };
        for (int i = 0; values.hasRemaining(); i++) {
            int at = Math.min(i, stored - 1);
            switch (tensor.getDtype()) {
                case DT_FLOAT -> values.putFloat(at < 0 ? 0 : tensor.getFloatVal(at));
                case DT_DOUBLE -> values.putDouble(at < 0 ? 0 : tensor.getDoubleVal(at));
                case DT_HALF, DT_BFLOAT16 -> values.putShort(at < 0 ? 0 : (short) tensor.getHalfVal(at));
                default -> throw new IllegalArgumentException("constant \"" + name + "\": " + tensor.getDtype());
            }
        }
    }

    /** Returns the shape of a tensor. */
    public static TensorShapeProto shape(OnnxTensor value) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long dim : value.shape()) {
            shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(dim));
        }
        return shape.build();
    }

    /** Returns a tensor as TensorFlow's files hold it. */
    public static TensorProto.Builder proto(DataType type, OnnxTensor value) {
        ByteString content = ByteString.EMPTY;
        for (ByteBuffer chunk : value.chunks()) {
            content = content.concat(ByteString.copyFrom(chunk.order(ByteOrder.LITTLE_ENDIAN)));
        }
        return TensorProto.newBuilder()
                .setDtype(type)
                .setTensorShape(shape(value))
                .setTensorContent(content);
    }

    /**
     * Returns a constant.
     *
     * @param type the type in which TensorFlow knows the values
     */
    public static NodeDef node(String name, DataType type, OnnxTensor value) {
        return AttrValues.constant(name, type, proto(type, value));
    }
}
