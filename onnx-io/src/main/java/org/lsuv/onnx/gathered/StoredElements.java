package org.lsuv.onnx.gathered;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;

/**
 * Numbers the elements of some stored tensors, one tensor behind the other.
 *
 * @param tensors the tensors
 * @param starts the number of the first element of each
 */
record StoredElements(List<OnnxTensor> tensors, List<Integer> starts) {
    StoredElements {
        tensors = List.copyOf(tensors);
        starts = List.copyOf(starts);
    }

    static StoredElements of(OnnxModel model, Collection<String> names) {
        List<OnnxTensor> tensors = names.stream()
                .map(name -> model.graph()
                        .initializer(name)
                        .orElseThrow(() -> new IllegalArgumentException("\"" + name + "\" is not stored")))
                .toList();
        List<Integer> starts = new ArrayList<>();
        long next = 0;
        for (OnnxTensor tensor : tensors) {
            starts.add(Math.toIntExact(next));
            next += tensor.elementCount();
        }
        Math.toIntExact(next);
        return new StoredElements(tensors, starts);
    }

    int count() {
        int last = tensors.size() - 1;
        return last < 0 ? 0 : starts.get(last) + (int) tensors.get(last).elementCount();
    }

    /** Returns the position of the tensor that has an element of a number. */
    int owner(int element) {
        int low = 0;
        int high = tensors.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (starts.get(middle) <= element) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** Returns the largest power of two up to which the types of all tensors hold every integer. */
    int exact() {
        return tensors.stream()
                .mapToInt(tensor -> switch (tensor.type()) {
                    case FLOAT, DOUBLE -> 1 << 16;
                    case FLOAT16 -> 1 << 11;
                    case BFLOAT16 -> 1 << 8;
                    default -> 0;
                })
                .min()
                .orElse(0);
    }

    /** Returns the tensors with one digit of each element's number in its place. */
    Map<String, OnnxTensor> digits(int base, long weight) {
        Map<String, OnnxTensor> digits = new LinkedHashMap<>();
        for (int i = 0; i < tensors.size(); i++) {
            OnnxTensor tensor = tensors.get(i);
            double[] values = new double[(int) tensor.elementCount()];
            for (int j = 0; j < values.length; j++) {
                values[j] = (starts.get(i) + (long) j) / weight % base;
            }
            digits.put(tensor.name(), OnnxTensor.ofDoubles(tensor.name(), tensor.type(), tensor.shape(), values));
        }
        return digits;
    }

    /** Returns a copy of a tensor's bytes. */
    static ByteBuffer bytes(OnnxTensor tensor) {
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.toIntExact(tensor.byteCount())).order(ByteOrder.LITTLE_ENDIAN);
        tensor.chunks().forEach(bytes::put);
        return bytes.flip();
    }
}
