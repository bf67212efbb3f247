package org.lsuv.tf.init;

import java.util.Arrays;
import java.util.Optional;
import org.lsuv.onnx.OnnxTensor;

/**
 * Computes gains of weight normalisation, w = g·v/‖v‖ (Salimans and Kingma 2016, equation 2). A value of g
 * belongs to those values of v that share its place along the axes that the norm keeps.
 */
final class Gains {
    private Gains() {}

    /** Returns the gain with which w = v. */
    static OnnxTensor norms(OnnxTensor direction, OnnxTensor gain) {
        double[] values = direction.toDoubles();
        int[] owners = owners(direction.shape(), gain.shape());
        double[] norms = new double[Math.toIntExact(gain.elementCount())];
        for (int i = 0; i < values.length; i++) {
            norms[owners[i]] += values[i] * values[i];
        }
        Arrays.setAll(norms, i -> Math.sqrt(norms[i]));
        return OnnxTensor.ofDoubles(gain.name(), gain.type(), gain.shape(), norms);
    }

    /**
     * Returns the factor of each value of a gain from those of the values that it scales; empty where these
     * differ among themselves, and the gain cannot give each its own.
     *
     * @param factors as many as the direction has values, in its shape
     */
    static Optional<OnnxTensor> shared(OnnxTensor factors, OnnxTensor gain) {
        double[] values = factors.toDoubles();
        int[] owners = owners(factors.shape(), gain.shape());
        double[] shared = new double[Math.toIntExact(gain.elementCount())];
        Arrays.fill(shared, Double.NaN);
        for (int i = 0; i < values.length; i++) {
            double before = shared[owners[i]];
            if (!Double.isNaN(before) && before != values[i]) {
                return Optional.empty();
            }
            shared[owners[i]] = values[i];
        }
        return Optional.of(OnnxTensor.ofDoubles(gain.name(), factors.type(), gain.shape(), shared));
    }

    /** Returns, for each value of the direction, which value of the gain is its own. */
    private static int[] owners(long[] direction, long[] gain) {
        int[] owners = {0};
        for (int axis = 0; axis < direction.length; axis++) {
            int size = Math.toIntExact(direction[axis]);
            boolean kept = gain.length > 0 && gain[axis] > 1;
            int[] next = new int[Math.multiplyExact(owners.length, size)];
            for (int i = 0; i < next.length; i++) {
                next[i] = kept ? owners[i / size] * size + i % size : owners[i / size];
            }
            owners = next;
        }
        return owners;
    }
}
