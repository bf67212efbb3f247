package org.lsuv.tf;

import java.util.Locale;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GPUOptions;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;

/**
 * Says where and how graphs run.
 *
 * @param device the device
 * @param threads the number of threads; 0 leaves the choice to TensorFlow
 */
public record TfOptions(Device device, int threads) {

    /** Lists the devices. */
    public enum Device {
        /** A GPU where TensorFlow sees one, else the CPU. */
        AUTO,
        /** The CPU alone. */
        CPU,
        /** A GPU, or an error. */
        GPU;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public TfOptions {
        if (threads < 0) {
            throw new IllegalArgumentException("threads: expected 0 or more, got " + threads);
        }
    }

    /** Returns the options that fit most: any device, TensorFlow's choice of threads. */
    public static TfOptions defaults() {
        return new TfOptions(Device.AUTO, 0);
    }

    /**
     * Returns the settings of a session.
     *
     * @throws IllegalStateException if a GPU is asked for, and there is none
     */
    ConfigProto config() {
        if (device == Device.GPU && !Gpu.isVisible()) {
            throw new IllegalStateException(Gpu.MISSING);
        }
        ConfigProto.Builder config = ConfigProto.newBuilder();
        if (device == Device.CPU) {
            config.putDeviceCount("GPU", 0);
        }
        if (threads > 0) {
            config.setIntraOpParallelismThreads(threads).setInterOpParallelismThreads(threads);
        }
        config.setAllowSoftPlacement(true);
        config.setGpuOptions(GPUOptions.newBuilder().setAllowGrowth(true));
        // Channels-first pooling has no kernel on the CPU; the layout optimiser moves it to channels-last. A graph runs
        // only a few times, and the other optimisers cost more than they save: measuring 1,000 layers took 64 s with
        // all of them, 18 s with few, and what the remapper fuses is cut up by the measuring. Pruning spares the
        // layout optimiser what the fetched values do not need. Below four nodes optimisation is skipped unless the
        // minimum is set.
        RewriterConfig.Builder rewriter = RewriterConfig.newBuilder()
                .addOptimizers("pruning")
                .addOptimizers("layout")
                .setMetaOptimizerIterations(RewriterConfig.NumIterationsType.ONE)
                .setCpuLayoutConversion(RewriterConfig.CpuLayout.NCHW_TO_NHWC)
                .setDisableTfgOptimizer(true)
                .setMinGraphNodes(-1);
        return config.setGraphOptions(GraphOptions.newBuilder().setRewriteOptions(rewriter))
                .build();
    }
}
