package org.lsuv.tf.savedmodel;

import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.javacpp.BytePointer;
import org.tensorflow.internal.c_api.TF_Buffer;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.internal.c_api.global.tensorflow;
import org.tensorflow.proto.KernelDef;
import org.tensorflow.proto.KernelList;

/** Tells which operations TensorFlow can run. */
final class Kernels {
    private static final Map<String, Boolean> KNOWN = new ConcurrentHashMap<>();

    private Kernels() {}

    /** Tells whether an operation has an implementation for the CPU, or for any device. */
    static boolean onCpu(String type) {
        return KNOWN.computeIfAbsent(type, Kernels::find);
    }

    private static boolean find(String type) {
        try (TF_Status status = TF_Status.newStatus()) {
            TF_Buffer buffer = tensorflow.TF_GetRegisteredKernelsForOp(type, status);
            if (buffer == null || buffer.isNull()) {
                return false;
            }
            try {
                byte[] bytes = new byte[Math.toIntExact(buffer.length())];
                new BytePointer(buffer.data()).get(bytes);
                return KernelList.parseFrom(ByteBuffer.wrap(bytes)).getKernelList().stream()
                        .map(KernelDef::getDeviceType)
                        .anyMatch(device -> device.equals("CPU") || device.equals("DEFAULT"));
            } finally {
                tensorflow.TF_DeleteBuffer(buffer);
            }
        } catch (InvalidProtocolBufferException malformed) {
            throw new IllegalStateException("TensorFlow lists its kernels in an unknown form", malformed);
        }
    }
}
