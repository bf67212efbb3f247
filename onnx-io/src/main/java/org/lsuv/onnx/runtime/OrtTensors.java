package org.lsuv.onnx.runtime;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;

/** Hands tensors over to ONNX Runtime and takes its own back. */
final class OrtTensors {
    private static final Map<OnnxType, OnnxJavaType> FED = Map.ofEntries(
            Map.entry(OnnxType.FLOAT, OnnxJavaType.FLOAT),
            Map.entry(OnnxType.DOUBLE, OnnxJavaType.DOUBLE),
            Map.entry(OnnxType.FLOAT16, OnnxJavaType.FLOAT16),
            Map.entry(OnnxType.BFLOAT16, OnnxJavaType.BFLOAT16),
            Map.entry(OnnxType.UINT8, OnnxJavaType.UINT8),
            Map.entry(OnnxType.INT8, OnnxJavaType.INT8),
            Map.entry(OnnxType.INT16, OnnxJavaType.INT16),
            Map.entry(OnnxType.INT32, OnnxJavaType.INT32),
            Map.entry(OnnxType.INT64, OnnxJavaType.INT64),
            Map.entry(OnnxType.BOOL, OnnxJavaType.BOOL));

    /** The width of the widest elements. */
    private static final int ALIGNMENT = 8;

    private OrtTensors() {}

    /**
     * Gives ONNX Runtime a tensor to read as long as the result is open: in its own memory, which the result keeps,
     * where that is outside of Java's heap; else a copy.
     */
    static ai.onnxruntime.OnnxTensor feed(OrtEnvironment environment, OnnxTensor tensor) throws OrtException {
        if (tensor.type() == OnnxType.STRING) {
            return ai.onnxruntime.OnnxTensor.createTensor(
                    environment, tensor.strings().toArray(new String[0]), tensor.shape());
        }
        OnnxJavaType type = FED.get(tensor.type());
        if (type == null) {
            throw new UnsupportedModelException(
                    "tensor \"" + tensor.name() + "\": ONNX Runtime's Java interface takes no "
                            + tensor.type().label());
        }
        if (tensor.byteCount() > Integer.MAX_VALUE) {
            throw new UnsupportedModelException("tensor \"" + tensor.name() + "\": has " + tensor.byteCount()
                    + " bytes, more than the 2 GB that ONNX Runtime's Java interface takes; use smaller pieces");
        }
        return ai.onnxruntime.OnnxTensor.createTensor(environment, direct(tensor), tensor.shape(), type);
    }

    private static ByteBuffer direct(OnnxTensor tensor) {
        List<ByteBuffer> chunks = tensor.chunks();
        if (chunks.size() == 1
                && chunks.get(0).isDirect()
                && chunks.get(0).alignmentOffset(0, ALIGNMENT) == 0
                && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN) {
            return chunks.get(0);
        }
        ByteBuffer bytes = ByteBuffer.allocateDirect((int) tensor.byteCount()).order(ByteOrder.nativeOrder());
        chunks.forEach(bytes::put);
        return bytes.rewind();
    }

    /** Copies a result of ONNX Runtime. */
    static OnnxTensor take(String name, ai.onnxruntime.OnnxValue value) throws OrtException {
        if (!(value instanceof ai.onnxruntime.OnnxTensor tensor)) {
            throw new UnsupportedModelException("value \"" + name + "\": is no tensor but a " + value.getType());
        }
        long[] shape = tensor.getInfo().getShape();
        OnnxType type = type(tensor.getInfo())
                .orElseThrow(() -> new UnsupportedModelException(
                        "value \"" + name + "\": ONNX Runtime's Java interface gives no " + tensor.getInfo().onnxType));
        if (type == OnnxType.STRING) {
            return OnnxTensor.ofStrings(name, shape, strings(tensor));
        }
        ByteBuffer bytes = tensor.getByteBuffer();
        return OnnxTensor.of(name, type, shape, bytes.hasRemaining() ? List.of(bytes) : List.of());
    }

    private static List<String> strings(ai.onnxruntime.OnnxTensor tensor) throws OrtException {
        Object value = tensor.getValue();
        Object flat = value instanceof Object[] array
                ? ai.onnxruntime.OrtUtil.flattenString(array)
                : new String[] {String.valueOf(value)};
        return Arrays.asList((String[]) flat);
    }

    /** Returns the type of a tensor that ONNX Runtime describes, if it is one of ours. */
    static Optional<OnnxType> type(TensorInfo info) {
        return switch (info.onnxType) {
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT -> Optional.of(OnnxType.FLOAT);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE -> Optional.of(OnnxType.DOUBLE);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 -> Optional.of(OnnxType.FLOAT16);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16 -> Optional.of(OnnxType.BFLOAT16);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8 -> Optional.of(OnnxType.UINT8);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8 -> Optional.of(OnnxType.INT8);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16 -> Optional.of(OnnxType.UINT16);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16 -> Optional.of(OnnxType.INT16);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32 -> Optional.of(OnnxType.UINT32);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32 -> Optional.of(OnnxType.INT32);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64 -> Optional.of(OnnxType.UINT64);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64 -> Optional.of(OnnxType.INT64);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL -> Optional.of(OnnxType.BOOL);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING -> Optional.of(OnnxType.STRING);
            default -> Optional.empty();
        };
    }
}
