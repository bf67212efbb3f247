package org.lsuv.tf;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.BytePointer;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.tensorflow.RawTensor;
import org.tensorflow.Tensor;
import org.tensorflow.internal.c_api.TF_Tensor;
import org.tensorflow.proto.DataType;

/** Makes TensorFlow tensors over memory of this JVM, so that large weights are there once. */
public final class SharedTensors {
    /** Smaller tensors are copied: that costs little, and needs no call from native code when it is freed. */
    private static final long SMALLEST = 1 << 20;

    /** TensorFlow would copy what starts elsewhere. */
    private static final int ALIGNMENT = 64;

    /** The types of weights that are computed as they are stored. */
    private static final Map<OnnxType, DataType> TYPES =
            Map.of(OnnxType.FLOAT, DataType.DT_FLOAT, OnnxType.DOUBLE, DataType.DT_DOUBLE);

    private static final Optional<MethodHandle> FROM_HANDLE = fromHandle();

    private SharedTensors() {}

    /** Finds what TensorFlow Java itself uses for the tensors that operations return; it has no public name. */
    private static Optional<MethodHandle> fromHandle() {
        try {
            MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(RawTensor.class, MethodHandles.lookup());
            // This loads the native library.
            Class<?> tensor = lookup.ensureInitialized(RawTensor.class);
            return Optional.of(
                    lookup.findStatic(tensor, "fromHandle", MethodType.methodType(RawTensor.class, TF_Tensor.class)));
        } catch (ReflectiveOperationException otherVersion) {
            return Optional.empty();
        }
    }

    /** Returns memory that tensors can share, as long as asked for. */
    public static ByteBuffer allocate(int length) {
        // A slice is cut to the alignment at both ends.
        return ByteBuffer.allocateDirect(Math.addExact(length, 2 * ALIGNMENT))
                .alignedSlice(ALIGNMENT)
                .limit(length)
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Returns a tensor that reads a host tensor's memory, which lives at least until the tensor is closed; nothing
     * where that memory is on the heap, in pieces or not aligned, or is too small to matter. TensorFlow writes to no
     * tensor that is fed.
     */
    static Optional<Tensor> of(OnnxTensor tensor) {
        DataType type = TYPES.get(tensor.type());
        if (type == null
                || tensor.byteCount() < SMALLEST
                || FROM_HANDLE.isEmpty()
                || ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            return Optional.empty();
        }
        List<ByteBuffer> chunks = tensor.chunks();
        if (chunks.size() != 1 || !chunks.get(0).isDirect() || chunks.get(0).alignmentOffset(0, ALIGNMENT) != 0) {
            return Optional.empty();
        }
        // The handle keeps the pointer, and the pointer the buffer.
        BytePointer bytes = new BytePointer(chunks.get(0));
        TF_Tensor handle = TF_Tensor.newTensor(type.getNumber(), tensor.shape(), bytes);
        try {
            return Optional.of((RawTensor) FROM_HANDLE.get().invokeExact(handle));
        } catch (Throwable failure) {
            handle.delete();
            throw new IllegalStateException("TensorFlow takes no tensor over the memory of " + tensor, failure);
        }
    }
}
