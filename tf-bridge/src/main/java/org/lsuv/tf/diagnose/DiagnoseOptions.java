package org.lsuv.tf.diagnose;

import org.lsuv.tf.TfOptions;

/**
 * Says how a network is diagnosed.
 *
 * @param activations whether the outputs of non-linearities are measured, too
 * @param batchNorms whether batch normalisations use the batch, as in training, or what is stored
 * @param gradients whether the signal is followed back, too
 * @param histograms whether the values of layers and non-linearities are counted in bins
 * @param run where and how the graph runs
 */
public record DiagnoseOptions(
        Activations activations, BatchNorms batchNorms, Gradients gradients, Histograms histograms, TfOptions run) {

    /** Lists what is measured besides layers. */
    public enum Activations {
        /** The outputs of all non-linearities. */
        MEASURE,
        /** Nothing: faster, and M is that of the layers' outputs. */
        SKIP
    }

    /** Lists the statistics by which batch normalisations normalise. */
    public enum BatchNorms {
        /** Those of the batch, as in training. */
        BATCH,
        /** Those that are stored, as in inference. */
        STORED
    }

    /** Lists the losses from which gradients come. */
    public enum Gradients {
        /** No gradients. */
        NONE,
        /** Those of the mean square of all outputs. */
        MEAN_SQUARE
    }

    /** Lists what is counted in bins. */
    public enum Histograms {
        /** Nothing. */
        NONE,
        /** The outputs of layers, and those of non-linearities where these are measured. */
        COUNT
    }

    /** Returns the options that fit most: everything but gradients and histograms, normalised as in training. */
    public static DiagnoseOptions defaults() {
        return new DiagnoseOptions(
                Activations.MEASURE, BatchNorms.BATCH, Gradients.NONE, Histograms.NONE, TfOptions.defaults());
    }

    /** Returns these options with other gradients. */
    public DiagnoseOptions with(Gradients other) {
        return new DiagnoseOptions(activations, batchNorms, other, histograms, run);
    }

    /** Returns these options with another rule for non-linearities. */
    public DiagnoseOptions with(Activations other) {
        return new DiagnoseOptions(other, batchNorms, gradients, histograms, run);
    }

    /** Returns these options with another rule for batch normalisations. */
    public DiagnoseOptions with(BatchNorms other) {
        return new DiagnoseOptions(activations, other, gradients, histograms, run);
    }

    /** Returns these options with another rule for histograms. */
    public DiagnoseOptions with(Histograms other) {
        return new DiagnoseOptions(activations, batchNorms, gradients, other, run);
    }
}
