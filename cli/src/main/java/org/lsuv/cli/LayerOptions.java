package org.lsuv.cli;

import org.lsuv.onnx.layers.Granularity;
import org.lsuv.onnx.layers.MeasuringPoint;
import org.lsuv.onnx.runtime.Verification;
import picocli.CommandLine.Option;

/** Holds the options that say what of a layer is measured. */
final class LayerOptions {
    @Option(
            names = "--granularity",
            paramLabel = "layer|channel",
            defaultValue = "layer",
            description = "What gets a scale of its own: a layer, and each of several packed into one, or each output"
                    + " channel (default: ${DEFAULT-VALUE}).")
    private Granularity granularity = Granularity.LAYER;

    @Option(
            names = "--measure",
            paramLabel = "pre|post",
            defaultValue = "pre",
            description = "Where the variance is taken: at the layer's output, or behind the non-linearity that follows"
                    + " (default: ${DEFAULT-VALUE}).")
    private MeasuringPoint point = MeasuringPoint.PRE;

    Granularity granularity() {
        return granularity;
    }

    MeasuringPoint point() {
        return point;
    }

    Verification.Scope scope() {
        return new Verification.Scope(granularity, point);
    }
}
