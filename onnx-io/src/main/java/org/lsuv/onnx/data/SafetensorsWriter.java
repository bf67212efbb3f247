package org.lsuv.onnx.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

/**
 * Writes a safetensors file: the length of the header as eight little-endian bytes, the header as JSON, the
 * elements without gaps. Wide types come first and the header ends on a multiple of eight bytes, so that
 * every tensor is aligned.
 */
final class SafetensorsWriter {
    private static final int ALIGNMENT = 8;
    private static final Map<OnnxType, String> TYPES = types();

    private SafetensorsWriter() {}

    /** Names the types that both sides have, after the description of the format (version 0.4). */
    private static Map<OnnxType, String> types() {
        Map<OnnxType, String> names = new EnumMap<>(OnnxType.class);
        names.put(OnnxType.DOUBLE, "F64");
        names.put(OnnxType.FLOAT, "F32");
        names.put(OnnxType.FLOAT16, "F16");
        names.put(OnnxType.BFLOAT16, "BF16");
        names.put(OnnxType.INT64, "I64");
        names.put(OnnxType.INT32, "I32");
        names.put(OnnxType.INT16, "I16");
        names.put(OnnxType.INT8, "I8");
        names.put(OnnxType.UINT64, "U64");
        names.put(OnnxType.UINT32, "U32");
        names.put(OnnxType.UINT16, "U16");
        names.put(OnnxType.UINT8, "U8");
        names.put(OnnxType.BOOL, "BOOL");
        names.put(OnnxType.FLOAT8E4M3FN, "F8_E4M3");
        names.put(OnnxType.FLOAT8E5M2, "F8_E5M2");
        return names;
    }

    static boolean has(OnnxType type) {
        return TYPES.containsKey(type);
    }

    static void write(List<OnnxTensor> tensors, FileChannel channel) throws IOException {
        List<OnnxTensor> ordered = tensors.stream()
                .sorted(Comparator.<OnnxTensor>comparingInt(
                                tensor -> -tensor.type().bits())
                        .thenComparing(OnnxTensor::name))
                .toList();
        byte[] header = header(ordered).getBytes(StandardCharsets.UTF_8);
        int padded = (header.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        ByteBuffer start = ByteBuffer.allocate(Long.BYTES + padded).order(ByteOrder.LITTLE_ENDIAN);
        start.putLong(padded).put(header);
        while (start.hasRemaining()) {
            start.put((byte) ' ');
        }
        WeightFile.write(channel, start.flip());
        for (OnnxTensor tensor : ordered) {
            for (ByteBuffer chunk : tensor.chunks()) {
                WeightFile.write(channel, chunk);
            }
        }
    }

    private static String header(List<OnnxTensor> tensors) {
        // PyTorch's loaders ask for the format; other files are taken for NumPy's or TensorFlow's.
        StringBuilder json = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        long offset = 0;
        for (OnnxTensor tensor : tensors) {
            long end = offset + tensor.byteCount();
            json.append(',').append(quoted(tensor.name())).append(":{\"dtype\":\"");
            json.append(TYPES.get(tensor.type())).append("\",\"shape\":");
            json.append(
                    Arrays.stream(tensor.shape()).mapToObj(Long::toString).collect(Collectors.joining(",", "[", "]")));
            json.append(",\"data_offsets\":[").append(offset).append(',').append(end);
            json.append("]}");
            offset = end;
        }
        return json.append('}').toString();
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        text.chars().forEach(character -> {
            if (character < ' ') {
                json.append(String.format("\\u%04x", character));
            } else {
                json.append(character == '"' || character == '\\' ? "\\" : "").append((char) character);
            }
        });
        return json.append('"').toString();
    }
}
