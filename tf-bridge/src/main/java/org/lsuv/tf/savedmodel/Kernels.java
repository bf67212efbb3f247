package org.lsuv.tf.savedmodel;

import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.tensorflow.internal.c_api.TF_Buffer;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.internal.c_api.global.tensorflow;
import org.tensorflow.proto.KernelList;

/** Tells which operations TensorFlow can run. */
final class Kernels {
    private static final Map<String, Boolean> KNOWN = new ConcurrentHashMap<>();

    private Kernels() {}

    /** Tells whether an operation has an implementation for the CPU; control flow is run by the session itself. */
    static boolean onCpu(String type) {
        return KNOWN.computeIfAbsent(type, Kernels::find);
    }

    private static boolean find(String type) {
        try (PointerScope scope = new PointerScope()) {
            TF_Buffer buffer = tensorflow.TF_GetRegisteredKernelsForOp(type, TF_Status.newStatus());
            if (buffer == null || buffer.isNull()) {
                return false;
            }
            try {
                byte[] bytes = new byte[Math.toIntExact(buffer.length())];
                new BytePointer(buffer.data()).get(bytes);
                return KernelList.parseFrom(ByteBuffer.wrap(bytes)).getKernelList().stream()
                        .anyMatch(kernel -> kernel.getDeviceType().equals("CPU"));
            } finally {
                tensorflow.TF_DeleteBuffer(buffer);
            }
        } catch (InvalidProtocolBufferException malformed) {
            throw new IllegalStateException("TensorFlow lists its kernels in an unknown form", malformed);
        }
    }
}
