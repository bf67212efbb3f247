package org.lsuv.cli;

import org.lsuv.tf.onnxexport.ExportOptions;
import picocli.CommandLine.Option;

/** Holds the option that says in which version of ONNX a TensorFlow graph is written. */
final class ExportOpset {
    @Option(
            names = "--opset",
            paramLabel = "N",
            defaultValue = "" + ExportOptions.DEFAULT_OPSET,
            description = "The operator set of an ONNX file that is made from a SavedModel, 13 to 24 (default:"
                    + " ${DEFAULT-VALUE}).")
    private long opset = ExportOptions.DEFAULT_OPSET;

    long opset() {
        if (opset < ExportOptions.MIN_OPSET || opset > ExportOptions.MAX_OPSET) {
            throw new UsageException("--opset: expected " + ExportOptions.MIN_OPSET + " to " + ExportOptions.MAX_OPSET
                    + ", got " + opset);
        }
        return opset;
    }
}
