package org.lsuv.onnx.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxValue;

/** Finds what is legal in a batch and still likely to spoil an initialisation. */
final class BatchWarnings {
    /** Below this the measured scale of deep layers is off by several per cent. */
    private static final long FEW_ROWS = 32;

    /** A mean beyond half a standard deviation, or a standard deviation beyond a factor of two. */
    private static final double MAX_MEAN = 0.5;

    private static final double MIN_VARIANCE = 0.25;
    private static final double MAX_VARIANCE = 4;

    private BatchWarnings() {}

    static Optional<String> ofRows(long rows) {
        return rows >= FEW_ROWS
                ? Optional.empty()
                : Optional.of("the batch has " + rows + (rows == 1 ? " row" : " rows")
                        + "; the measured standard deviation at layer 10 is off by about 6 % with 8 rows and by 1.6 %"
                        + " with 128: give at least " + FEW_ROWS);
    }

    static List<String> of(OnnxValue input, OnnxTensor tensor) {
        List<String> warnings = new ArrayList<>();
        String prefix = "input \"" + input.name() + "\": ";
        if (looksChannelsLast(input, tensor.shape())) {
            warnings.add(prefix + OnnxShape.text(tensor.shape())
                    + " looks channels-last, and ONNX images are [batch, channels, height, width]; transpose the data if"
                    + " the last axis is the channels");
        }
        if (tensor.type().isFloating()) {
            ofValues(TensorStatistics.of(tensor)).ifPresent(warning -> warnings.add(prefix + warning));
        }
        return warnings;
    }

    private static boolean looksChannelsLast(OnnxValue input, long[] shape) {
        if (shape.length != 4 || !isChannels(shape[3]) || shape[1] <= 4 || shape[2] <= 4) {
            return false;
        }
        // A fixed size has been compared already: then the data is as the model wants it.
        return input.shape()
                .map(declared -> declared.size(1) < 0 && declared.size(3) < 0)
                .orElse(true);
    }

    private static boolean isChannels(long size) {
        return size == 1 || size == 3 || size == 4;
    }

    private static Optional<String> ofValues(TensorStatistics statistics) {
        if (statistics.nonFinite() > 0) {
            return Optional.of(statistics.nonFinite() + " of " + statistics.count()
                    + " values are NaN or infinite; remove these rows");
        }
        // One number, such as a scale or a threshold, has no distribution.
        if (statistics.count() < 2) {
            return Optional.empty();
        }
        if (statistics.isConstant()) {
            return Optional.of("all values are " + number(statistics.mean())
                    + "; a constant batch says nothing about the scale of the layers: give real data");
        }
        boolean shifted = Math.abs(statistics.mean()) > MAX_MEAN * statistics.standardDeviation();
        boolean scaled = !(statistics.variance() >= MIN_VARIANCE && statistics.variance() <= MAX_VARIANCE);
        if (!shifted && !scaled) {
            return Optional.empty();
        }
        return Optional.of("mean " + number(statistics.mean()) + " and variance " + number(statistics.variance())
                + " are far from 0 and 1; normalise the data to (x − mean)/std, in training too (the LSUV authors'"
                + " benchmark: accuracy 0.425 with unit-variance input, 0.379 without)");
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4g", value);
    }
}
