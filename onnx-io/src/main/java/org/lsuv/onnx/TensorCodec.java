package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Turns {@code TensorProto} messages into tensors and back. A new value takes the storage form of
 * the message that it replaces: raw bytes stay raw bytes, a typed field stays that field.
 */
final class TensorCodec {
    private TensorCodec() {}

    static long[] shape(TensorProto tensor) {
        return tensor.getDimsList().stream().mapToLong(Long::longValue).toArray();
    }

    static OnnxType type(TensorProto tensor) {
        return OnnxType.ofCode(tensor.getDataType())
                .filter(type -> type != OnnxType.UNDEFINED)
                .orElseThrow(() -> new OnnxFormatException("tensor \"" + tensor.getName() + "\": data type "
                        + tensor.getDataType() + " is not one of ONNX's"));
    }

    /** Checks type, shape and the amount of data without decoding or allocating anything. */
    static void check(TensorProto tensor, ExternalData externalData) {
        OnnxType type = type(tensor);
        long[] shape = shape(tensor);
        if (type == OnnxType.STRING) {
            expect(tensor, "strings", OnnxTensor.elementCount(tensor.getName(), shape), tensor.getStringDataCount());
            return;
        }
        long bytes = OnnxTensor.byteCount(tensor.getName(), type, shape);
        if (ExternalData.isExternal(tensor)) {
            externalData.region(tensor, bytes);
        } else if (tensor.hasRawData()) {
            expect(tensor, "bytes of data", bytes, tensor.getRawData().size());
        } else {
            expect(tensor, "values", storedValues(type, OnnxTensor.elementCount("", shape)), typedCount(tensor, type));
        }
    }

    private static void expect(TensorProto tensor, String what, long expected, long found) {
        if (expected != found) {
            throw new OnnxFormatException(
                    "tensor \"" + tensor.getName() + "\" " + type(tensor).label() + OnnxShape.text(shape(tensor))
                            + ": expected " + expected + " " + what + ", found " + found);
        }
    }

    /** Types below 8 bits are packed into the bytes that {@code int32_data} holds one a value. */
    private static long storedValues(OnnxType type, long elements) {
        return switch (type) {
            case COMPLEX64, COMPLEX128 -> Math.multiplyExact(elements, 2);
            default -> type.bits() < 8 ? type.byteCount(elements) : elements;
        };
    }

    private static int typedCount(TensorProto tensor, OnnxType type) {
        return switch (type) {
            case FLOAT, COMPLEX64 -> tensor.getFloatDataCount();
            case DOUBLE, COMPLEX128 -> tensor.getDoubleDataCount();
            case INT64 -> tensor.getInt64DataCount();
            case UINT32, UINT64 -> tensor.getUint64DataCount();
            default -> tensor.getInt32DataCount();
        };
    }

    static OnnxTensor decode(TensorProto tensor, ExternalData externalData) {
        OnnxType type = type(tensor);
        long[] shape = shape(tensor);
        check(tensor, externalData);
        if (type == OnnxType.STRING) {
            List<String> strings = tensor.getStringDataList().stream()
                    .map(ByteString::toStringUtf8)
                    .toList();
            return OnnxTensor.ofStrings(tensor.getName(), shape, strings);
        }
        if (ExternalData.isExternal(tensor)) {
            ExternalData.Region region =
                    externalData.region(tensor, OnnxTensor.byteCount(tensor.getName(), type, shape));
            return OnnxTensor.reading(tensor.getName(), type, shape, externalData.reader(tensor, region));
        }
        if (tensor.hasRawData()) {
            return OnnxTensor.of(tensor.getName(), type, shape, raw(tensor.getRawData()));
        }
        return OnnxTensor.of(tensor.getName(), type, shape, List.of(typed(tensor, type)));
    }

    private static List<ByteBuffer> raw(ByteString bytes) {
        ByteBuffer all = bytes.asReadOnlyByteBuffer();
        if (all.remaining() <= OnnxTensor.CHUNK_BYTES) {
            return List.of(all);
        }
        return List.of(
                all.slice(0, OnnxTensor.CHUNK_BYTES),
                all.slice(OnnxTensor.CHUNK_BYTES, all.remaining() - OnnxTensor.CHUNK_BYTES));
    }

    private static ByteBuffer typed(TensorProto tensor, OnnxType type) {
        long bytes = OnnxTensor.byteCount(tensor.getName(), type, shape(tensor));
        ByteBuffer target = ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
        IntConsumer put = switch (type) {
            case FLOAT, COMPLEX64 -> i -> target.putFloat(tensor.getFloatData(i));
            case DOUBLE, COMPLEX128 -> i -> target.putDouble(tensor.getDoubleData(i));
            case INT64 -> i -> target.putLong(tensor.getInt64Data(i));
            case UINT64 -> i -> target.putLong(tensor.getUint64Data(i));
            case UINT32 -> i -> target.putInt((int) tensor.getUint64Data(i));
            case INT32 -> i -> target.putInt(tensor.getInt32Data(i));
            case UINT16, INT16, FLOAT16, BFLOAT16 -> i -> target.putShort((short) tensor.getInt32Data(i));
            default -> i -> target.put((byte) tensor.getInt32Data(i));
        };
        int count = typedCount(tensor, type);
        for (int i = 0; i < count; i++) {
            put.accept(i);
        }
        return target.flip();
    }

    /** Returns the message of a tensor that had none before, its values as raw bytes. */
    static TensorProto encode(OnnxTensor tensor) {
        TensorProto.Builder builder = header(tensor);
        if (tensor.type() == OnnxType.STRING) {
            tensor.strings().forEach(value -> builder.addStringData(ByteString.copyFromUtf8(value)));
            return builder.build();
        }
        return builder.setRawData(rawBytes(tensor)).build();
    }

    /** Returns the message of a tensor that had none before, its values in a data file. */
    static TensorProto encode(OnnxTensor tensor, ExternalData.Region region) {
        return header(tensor)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", region.location()))
                .addExternalData(entry("offset", Long.toString(region.offset())))
                .addExternalData(entry("length", Long.toString(region.length())))
                .build();
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private static TensorProto.Builder header(OnnxTensor tensor) {
        TensorProto.Builder builder =
                TensorProto.newBuilder().setDataType(tensor.type().code());
        if (!tensor.name().isEmpty()) {
            builder.setName(tensor.name());
        }
        for (long dim : tensor.shape()) {
            builder.addDims(dim);
        }
        return builder;
    }

    /** Returns the message with other values of the same type and shape, in the same storage form. */
    static TensorProto replace(TensorProto template, OnnxTensor tensor) {
        if (template.hasRawData()) {
            return template.toBuilder().setRawData(rawBytes(tensor)).build();
        }
        TensorProto.Builder builder = template.toBuilder();
        switch (tensor.type()) {
            case FLOAT -> {
                builder.clearFloatData();
                for (float value : tensor.toFloats()) {
                    builder.addFloatData(value);
                }
            }
            case DOUBLE -> {
                builder.clearDoubleData();
                for (double value : tensor.toDoubles()) {
                    builder.addDoubleData(value);
                }
            }
            case FLOAT16, BFLOAT16 -> {
                builder.clearInt32Data();
                for (ByteBuffer chunk : tensor.chunks()) {
                    while (chunk.hasRemaining()) {
                        builder.addInt32Data(chunk.getShort() & 0xffff);
                    }
                }
            }
            default -> throw new IllegalArgumentException("new values of type " + tensor.type());
        }
        return builder.build();
    }

    private static ByteString rawBytes(OnnxTensor tensor) {
        ByteString bytes = ByteString.EMPTY;
        for (ByteBuffer chunk : tensor.chunks()) {
            bytes = bytes.concat(UnsafeByteOperations.unsafeWrap(chunk));
        }
        return bytes;
    }
}
