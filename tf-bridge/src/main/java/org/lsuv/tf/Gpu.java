package org.lsuv.tf;

import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GPUOptions;

/** Tells whether TensorFlow sees a GPU. */
public final class Gpu {
    /** What to say where a GPU was asked for and there is none. */
    public static final String MISSING = "TensorFlow sees no GPU; on Linux build with -Pgpu and install NVIDIA's driver"
            + " and CUDA libraries, or run on the CPU";

    private Gpu() {}

    /** Asks once, when the answer is first needed. */
    private static final class Answer {
        static final boolean VISIBLE = find();

        private static boolean find() {
            ConfigProto config = ConfigProto.newBuilder()
                    .setAllowSoftPlacement(false)
                    .setGpuOptions(GPUOptions.newBuilder().setAllowGrowth(true))
                    .build();
            DeviceSpec first = DeviceSpec.newBuilder()
                    .deviceType(DeviceSpec.DeviceType.GPU)
                    .deviceIndex(0)
                    .build();
            try (Graph graph = new Graph();
                    Session session = new Session(graph, config)) {
                Ops tf = Ops.create(graph).withDevice(first);
                session.runner().fetch(tf.identity(tf.constant(1f))).run().close();
                return true;
            } catch (TensorFlowException | IllegalArgumentException none) {
                return false;
            }
        }
    }

    /** Returns whether graphs can run on a GPU. */
    public static boolean isVisible() {
        return Answer.VISIBLE;
    }
}
