package org.lsuv.tf.compare;

import java.util.Arrays;
import java.util.Locale;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

/**
 * Says how well a tensor of TensorFlow agrees with the same one of ONNX Runtime.
 *
 * @param error the largest difference of an element, as a share of the scale; infinite where types, shapes or
 *     non-finite elements differ
 * @param holds whether that is rounding
 * @param detail what differs, in words; empty where it holds
 */
record Agreement(double error, boolean holds, String detail) {
    private static final Agreement FULL = new Agreement(0, true, "");

    private static Agreement none(String detail) {
        return new Agreement(Double.POSITIVE_INFINITY, false, detail);
    }

    /**
     * Compares two tensors.
     *
     * @param expected what ONNX Runtime has
     * @param found what TensorFlow has
     * @param scale what errors are measured against
     */
    static Agreement of(OnnxTensor expected, OnnxTensor found, double scale) {
        boolean strings = expected.type() == OnnxType.STRING;
        if (!Arrays.equals(expected.shape(), found.shape()) || strings != (found.type() == OnnxType.STRING)) {
            return none("ONNX Runtime has " + expected.type().label() + OnnxShape.text(expected.shape())
                    + ", TensorFlow " + found.type().label() + OnnxShape.text(found.shape()));
        }
        if (strings) {
            return expected.strings().equals(found.strings()) ? FULL : none("strings differ");
        }
        // TensorFlow carries unsigned 64-bit integers as the same bits of signed ones.
        boolean sameBits = expected.type() == OnnxType.UINT64 && found.type() == OnnxType.INT64;
        double[] values = (sameBits ? found.reinterpreted(OnnxType.UINT64) : found).toDoubles();
        return of(expected.type(), expected.toDoubles(), values, scale);
    }

    private static Agreement of(OnnxType type, double[] expected, double[] found, double scale) {
        double worst = 0;
        int where = 0;
        for (int i = 0; i < expected.length; i++) {
            double error = Double.compare(expected[i], found[i]) == 0 || expected[i] == found[i]
                    ? 0
                    : Math.abs(expected[i] - found[i]) / scale;
            if (error > worst || Double.isNaN(error)) {
                worst = Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
                where = i;
            }
        }
        if (worst <= tolerance(type)) {
            return new Agreement(worst, true, "");
        }
        String detail = String.format(
                Locale.ROOT,
                "element %d: ONNX Runtime has %s, TensorFlow %s (error %.2g of the largest magnitude)",
                where,
                expected[where],
                found[where],
                worst);
        return new Agreement(worst, false, detail);
    }

    /** Returns the share of the largest magnitude by which elements may differ: rounding, layer upon layer. */
    private static double tolerance(OnnxType type) {
        return switch (type) {
            case DOUBLE -> 1e-10;
            case FLOAT16 -> 1e-2;
            case BFLOAT16 -> 5e-2;
            case FLOAT -> 1e-4;
            default -> 0;
        };
    }

    /** Returns the largest finite magnitude of an element; 0 for types without fractions. */
    static double magnitude(OnnxTensor tensor) {
        if (!tensor.type().isFloating()) {
            return 0;
        }
        double largest = 0;
        for (double value : tensor.toDoubles()) {
            if (Double.isFinite(value)) {
                largest = Math.max(largest, Math.abs(value));
            }
        }
        return largest;
    }
}
