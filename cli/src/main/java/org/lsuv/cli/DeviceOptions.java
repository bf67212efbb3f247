package org.lsuv.cli;

import org.lsuv.tf.Gpu;
import org.lsuv.tf.TfOptions;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Holds the options that say where TensorFlow runs. */
final class DeviceOptions {
    @Option(
            names = "--device",
            paramLabel = "auto|cpu|gpu",
            defaultValue = "auto",
            description = "Where TensorFlow runs (default: ${DEFAULT-VALUE}: a GPU where it sees one).")
    private TfOptions.Device device = TfOptions.Device.AUTO;

    @Mixin
    private ThreadOptions threads = new ThreadOptions();

    void check() {
        threads.check();
    }

    TfOptions.Device device() {
        return device;
    }

    ThreadOptions threads() {
        return threads;
    }

    /**
     * Returns what TensorFlow is asked for.
     *
     * @throws UsageException if that is a GPU, and there is none
     */
    TfOptions tensorFlow() {
        if (device == TfOptions.Device.GPU && !Gpu.isVisible()) {
            throw new UsageException("--device gpu: " + Gpu.MISSING);
        }
        return new TfOptions(device, threads.threads());
    }
}
