package org.lsuv.tf.onnxexport;

import java.util.Map;
import org.lsuv.onnx.OnnxTensor;

/**
 * Says how a graph is exported.
 *
 * @param opset the version of the {@code ai.onnx} operators, 13 to 24
 * @param batch the name of the first dimension of inputs that leave it open
 * @param weights new values of weights, by source name and in the type and shape that the source has
 */
public record ExportOptions(long opset, String batch, Map<String, OnnxTensor> weights) {
    /** The opset that most engines read. */
    public static final long DEFAULT_OPSET = 17;

    public static final long MIN_OPSET = 13;

    public static final long MAX_OPSET = 24;

    public ExportOptions {
        if (opset < 13 || opset > 24) {
            throw new IllegalArgumentException("opset " + opset + " cannot be written: expected 13 to 24");
        }
        weights = Map.copyOf(weights);
    }

    /** Returns the options that write opset 17 and the weights of the source. */
    public static ExportOptions defaults() {
        return new ExportOptions(DEFAULT_OPSET, "batch", Map.of());
    }

    /** Returns these options with another opset. */
    public ExportOptions withOpset(long other) {
        return new ExportOptions(other, batch, weights);
    }

    /** Returns these options with new values of weights. */
    public ExportOptions withWeights(Map<String, OnnxTensor> values) {
        return new ExportOptions(opset, batch, values);
    }
}
