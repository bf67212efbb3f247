package org.lsuv.tf.init;

import org.lsuv.tf.Gpu;
import org.lsuv.tf.TfOptions;

/** Lists the ways to sum squares. */
enum Squares {
    /** Of the values less their mean, which loses no digits and writes them all once more. */
    SHIFTED,
    /**
     * Of images by the filter's gradient of a depthwise convolution with 1 × 1 filters: Σ x·y over all positions of
     * each channel, which is Σ y² for x = y, in one look and in whatever layout the convolutions around it have.
     */
    CORRELATED;

    /** Returns the way for a device; on a GPU correlation adds up in an order that changes from run to run. */
    static Squares on(TfOptions options) {
        return options.device() == TfOptions.Device.CPU || !Gpu.isVisible() ? CORRELATED : SHIFTED;
    }
}
