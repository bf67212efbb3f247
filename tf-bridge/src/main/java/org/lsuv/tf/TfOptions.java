package org.lsuv.tf;

import java.util.Locale;
import java.util.stream.Stream;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GPUOptions;
import org.tensorflow.proto.GraphDef;
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
     * @param graph what it is to run
     * @throws IllegalStateException if a GPU is asked for, and there is none
     */
    ConfigProto config(GraphDef graph) {
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
        return config.setGraphOptions(GraphOptions.newBuilder().setRewriteOptions(optimisers(graph)))
                .build();
    }

    /**
     * Returns the graph optimisers that are worth their time: a graph runs only once or twice, and to measure 1,000
     * layers took 64 s with all of them, 18 s with few. Channels-first pooling has no kernel on the CPU; the layout
     * optimiser moves it to channels-last, and pruning spares it what the fetched values do not need. What the remapper
     * would fuse is cut up by the measuring.
     */
    private static RewriterConfig optimisers(GraphDef graph) {
        if (!hasImages(graph)) {
            return RewriterConfig.newBuilder().setDisableMetaOptimizer(true).build();
        }
        // Below four nodes optimisation is skipped unless the minimum is set.
        return RewriterConfig.newBuilder()
                .addOptimizers("pruning")
                .addOptimizers("layout")
                .setMetaOptimizerIterations(RewriterConfig.NumIterationsType.ONE)
                .setCpuLayoutConversion(RewriterConfig.CpuLayout.NCHW_TO_NHWC)
                .setDisableTfgOptimizer(true)
                .setMinGraphNodes(-1)
                .build();
    }

    /** Tells whether a graph, or a function of it, has operations that know where channels lie. */
    private static boolean hasImages(GraphDef graph) {
        return Stream.concat(
                        graph.getNodeList().stream(),
                        graph.getLibrary().getFunctionList().stream()
                                .flatMap(function -> function.getNodeDefList().stream()))
                .anyMatch(node -> node.containsAttr("data_format"));
    }
}
