package org.lsuv.tf.conformance;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.TfTypes;

/**
 * Compares results as the suite's own runner does: shapes and types are equal, and values differ by at
 * most {@code absolute + relative · |expected|}.
 *
 * @param relative the relative part
 * @param absolute the absolute part
 */
record Tolerance(double relative, double absolute) {
    static final Tolerance DEFAULT = new Tolerance(1e-3, 1e-7);

    /** Returns the tolerance of a case: its own from {@code data.json}, else that of the suite. */
    static Tolerance of(Path model) throws IOException {
        Path own = model.resolveSibling("data.json");
        if (Files.exists(own)) {
            JsonObject data = JsonParser.parseString(Files.readString(own)).getAsJsonObject();
            return new Tolerance(
                    data.has("rtol") ? data.get("rtol").getAsDouble() : DEFAULT.relative,
                    data.has("atol") ? data.get("atol").getAsDouble() : DEFAULT.absolute);
        }
        // The one topology for which onnx.backend.test.case.model has another value.
        return model.endsWith("light_densenet121.onnx") ? new Tolerance(2e-3, DEFAULT.absolute) : DEFAULT;
    }

    /** Returns what differs, in one line; empty if nothing does. */
    Optional<String> difference(OnnxTensor expected, OnnxTensor found) {
        String shapes = "expected " + expected.type().label() + OnnxShape.text(expected.shape()) + ", got "
                + found.type().label() + OnnxShape.text(found.shape());
        if (!Arrays.equals(expected.shape(), found.shape()) || !holds(found.type(), expected.type())) {
            return Optional.of(shapes);
        }
        if (expected.type() == OnnxType.STRING) {
            return expected.strings().equals(found.strings()) ? Optional.empty() : Optional.of("strings differ");
        }
        double[] wanted = expected.toDoubles();
        double[] got = stored(found, expected.type()).toDoubles();
        for (int i = 0; i < wanted.length; i++) {
            boolean same = Double.compare(wanted[i], got[i]) == 0
                    || wanted[i] == got[i]
                    || (!Double.isInfinite(wanted[i])
                            && Math.abs(wanted[i] - got[i]) <= absolute + relative * Math.abs(wanted[i]));
            if (!same) {
                return Optional.of(String.format(
                        Locale.ROOT, "element %d: expected %s, got %s (%s)", i, wanted[i], got[i], shapes));
            }
        }
        return Optional.empty();
    }

    /** Tells whether results of a type are those of an ONNX type, or what TensorFlow computes it in. */
    private static boolean holds(OnnxType found, OnnxType expected) {
        return found == expected || found == TfTypes.onnxType(TfTypes.computeType(expected));
    }

    /** Returns values in the type in which they are stored: 16-bit types are computed in float32. */
    private static OnnxTensor stored(OnnxTensor found, OnnxType type) {
        if (type == OnnxType.FLOAT16 || type == OnnxType.BFLOAT16) {
            return OnnxTensor.ofDoubles(found.name(), type, found.shape(), found.toDoubles());
        }
        boolean sameBits = type == OnnxType.UINT64 && found.type() == OnnxType.INT64;
        return sameBits ? OnnxTensor.of(found.name(), type, found.shape(), found.chunks()) : found;
    }
}
