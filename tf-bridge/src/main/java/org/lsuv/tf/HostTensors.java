package org.lsuv.tf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.IntFunction;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.tensorflow.RawTensor;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.ByteDataBuffer;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/** Copies tensors between this JVM and TensorFlow, as whole blocks of bytes. */
public final class HostTensors {
    private HostTensors() {}

    /**
     * Creates a TensorFlow tensor with the values of a host tensor, in the type in which such values are
     * computed (see {@link TfTypes#computeType}). The caller closes it.
     */
    public static Tensor toTensorFlow(OnnxTensor tensor) {
        Class<? extends TType> type = TfTypes.computeType(tensor.type());
        Shape shape = Shape.of(tensor.shape());
        if (type == TString.class) {
            String[] strings = tensor.strings().toArray(String[]::new);
            return TString.tensorOf(NdArrays.wrap(shape, DataBuffers.of(strings, true, false)));
        }
        OnnxType stored = TfTypes.onnxType(type);
        OnnxTensor plain = tensor.widened();
        OnnxTensor values = stored == plain.type() ? plain : converted(plain, stored);
        Tensor result = Tensor.of(type, shape);
        ByteDataBuffer target = result.asRawTensor().data();
        long position = 0;
        for (ByteBuffer chunk : values.chunks()) {
            DataBuffers.of(chunk.order(ByteOrder.nativeOrder())).copyTo(target.offset(position), chunk.remaining());
            position += chunk.remaining();
        }
        return result;
    }

    /** Returns the values in another type; only for the pairs that {@link TfTypes#computeType} makes. */
    private static OnnxTensor converted(OnnxTensor tensor, OnnxType type) {
        return OnnxTensor.fill(tensor.name(), type, tensor.shape(), new Conversion(tensor, type)::next);
    }

    /** Converts a tensor chunk by chunk. */
    private static final class Conversion {
        private final List<ByteBuffer> sources;
        private final OnnxTensor tensor;
        private final OnnxType type;
        private int current;

        Conversion(OnnxTensor tensor, OnnxType type) {
            this.tensor = tensor;
            this.type = type;
            this.sources = tensor.chunks();
        }

        ByteBuffer next(int length) {
            ByteBuffer target = ByteBuffer.allocateDirect(length).order(ByteOrder.LITTLE_ENDIAN);
            while (target.hasRemaining()) {
                ByteBuffer source = sources.get(current);
                if (!source.hasRemaining()) {
                    current++;
                    continue;
                }
                switch (type) {
                    case FLOAT -> target.putFloat(tensor.nextFloat(source));
                    case INT32 -> target.putInt((int) tensor.nextLong(source));
                    default -> target.putLong(tensor.nextLong(source));
                }
            }
            return target.flip();
        }
    }

    /** Returns the values of a TensorFlow tensor, copied, under a name. */
    public static OnnxTensor toHost(String name, Tensor tensor) {
        return toHost(name, tensor, SharedTensors::allocate);
    }

    /**
     * Returns the values of a TensorFlow tensor, copied to memory that is given.
     *
     * @param memory gives as many bytes as it is asked for, a chunk of the tensor at a time
     */
    static OnnxTensor toHost(String name, Tensor tensor, IntFunction<ByteBuffer> memory) {
        RawTensor raw = tensor.asRawTensor();
        OnnxType type = TfTypes.onnxType(raw.dataType());
        long[] shape = raw.shape().asArray();
        if (tensor instanceof TString strings) {
            List<String> values = new java.util.ArrayList<>();
            strings.scalars().forEach(scalar -> values.add(scalar.getObject()));
            return OnnxTensor.ofStrings(name, shape, values);
        }
        ByteDataBuffer source = raw.data();
        long[] position = {0};
        return OnnxTensor.fill(name, type, shape, length -> {
            ByteBuffer chunk = memory.apply(length);
            source.slice(position[0], length).copyTo(DataBuffers.of(chunk.duplicate()), length);
            position[0] += length;
            return chunk;
        });
    }
}
