package org.lsuv.tf.init;

import java.util.List;
import java.util.OptionalInt;
import org.lsuv.onnx.layers.Granularity;
import org.lsuv.onnx.layers.OutputChannels;
import org.lsuv.tf.WeightedLayer;

/**
 * Divides the output channels of a layer into parts, each of which has a scale of its own.
 *
 * @param axis the axis of the channels, as {@link OutputChannels} has it; empty where there is one part
 * @param parts the parts, in order, without gaps
 */
record Partition(OptionalInt axis, List<OutputChannels.Block> parts) {
    Partition {
        parts = List.copyOf(parts);
        if (parts.size() > 1 && axis.isEmpty()) {
            throw new IllegalArgumentException("parts along no axis");
        }
    }

    /** Divides a layer as far as its channels lie along one axis and its bias differs along no other. */
    static Partition of(WeightedLayer layer, Granularity granularity) {
        long channels = layer.kernel().channels();
        boolean fits = layer.bias()
                .map(bias -> {
                    long values = bias.shape().stream().reduce(1L, Math::multiplyExact);
                    return values == channels || values == 1;
                })
                .orElse(true);
        List<OutputChannels.Block> parts = layer.channels().parts(granularity, channels);
        return fits && parts.size() > 1 ? new Partition(layer.channels().axis(), parts) : whole(channels);
    }

    static Partition whole(long channels) {
        return new Partition(OptionalInt.empty(), List.of(new OutputChannels.Block("", 0, channels)));
    }

    boolean isWhole() {
        return parts.size() == 1;
    }

    int size() {
        return parts.size();
    }

    long channels() {
        return parts.get(parts.size() - 1).to();
    }

    /** Returns the part of each channel. */
    int[] ids() {
        int[] ids = new int[Math.toIntExact(channels())];
        for (int part = 0; part < parts.size(); part++) {
            for (long channel = parts.get(part).from();
                    channel < parts.get(part).to();
                    channel++) {
                ids[(int) channel] = part;
            }
        }
        return ids;
    }

    /** Returns one value for each channel, that of its part. */
    double[] spread(double[] values) {
        int[] ids = ids();
        double[] spread = new double[ids.length];
        for (int channel = 0; channel < ids.length; channel++) {
            spread[channel] = values[ids[channel]];
        }
        return spread;
    }
}
