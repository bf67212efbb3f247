package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.assertj.core.data.Offset;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.OrtProbe;

/** Compares what TensorFlow computes with ONNX Runtime's results, and makes the data for it. */
final class OrtReference {
    private OrtReference() {}

    /** Demands equal integers, strings and truth values. */
    static void assertSame(OnnxModel model, OnnxTensor... feeds) {
        assertClose(model, 0, feeds);
    }

    /** Demands the digits of each output's own type: all of integers, strings and truth values. */
    static void assertAgrees(OnnxModel model, OnnxTensor... feeds) {
        compare(
                model,
                type -> switch (type) {
                    case DOUBLE -> 1e-12;
                    case FLOAT -> 1e-5;
                    default -> 0.0;
                },
                feeds);
    }

    /** Demands numbers that differ by no more than a share of themselves, of 1, or of the largest one below 1. */
    static void assertClose(OnnxModel model, double tolerance, OnnxTensor... feeds) {
        compare(model, type -> tolerance, feeds);
    }

    private static void compare(OnnxModel model, Function<OnnxType, Double> tolerance, OnnxTensor... feeds) {
        List<OnnxTensor> found = TestModels.run(model, feeds);
        List<String> outputs =
                model.graph().outputs().stream().map(OnnxValue::name).toList();
        Map<String, OnnxTensor> inputs =
                Arrays.stream(feeds).collect(Collectors.toMap(OnnxTensor::name, Function.identity()));
        try (OrtProbe probe = OrtProbe.open(model, new OrtOptions(1))) {
            Map<String, OnnxTensor> expected = probe.fetch(inputs, outputs);
            for (int i = 0; i < outputs.size(); i++) {
                OnnxTensor reference = Objects.requireNonNull(expected.get(outputs.get(i)), outputs.get(i));
                assertClose(outputs.get(i), reference, found.get(i), tolerance.apply(reference.type()));
            }
        }
    }

    private static void assertClose(String name, OnnxTensor expected, OnnxTensor found, double tolerance) {
        assertThat(found.shape()).as("shape of %s", name).isEqualTo(expected.shape());
        if (expected.type() == OnnxType.STRING) {
            assertThat(found.strings()).as(name).isEqualTo(expected.strings());
            return;
        }
        double[] wanted = expected.toDoubles();
        double[] got = found.toDoubles();
        double largest = Arrays.stream(wanted)
                .filter(Double::isFinite)
                .map(Math::abs)
                .max()
                .orElse(0);
        for (int i = 0; i < wanted.length; i++) {
            if (Double.compare(wanted[i], got[i]) != 0) {
                double scale = largest < 1 ? largest : Math.max(1, Math.abs(wanted[i]));
                assertThat(got[i])
                        .as("element %d of %s", i, name)
                        .isCloseTo(wanted[i], Offset.offset(tolerance * scale));
            }
        }
    }

    /** Returns Gaussian numbers, the same ones every time for a name. */
    static OnnxTensor gaussian(String name, OnnxType type, long... shape) {
        Random random = new Random(name.hashCode());
        double[] values = new double[(int) LongStream.of(shape).reduce(1, Math::multiplyExact)];
        Arrays.setAll(values, i -> random.nextGaussian());
        return OnnxTensor.ofDoubles(name, type, shape, values);
    }

    /** Returns Gaussian numbers of float32, the same ones every time for a name. */
    static OnnxTensor draw(String name, long... shape) {
        return gaussian(name, OnnxType.FLOAT, shape);
    }

    /** Returns the tensor with its values mapped. */
    static OnnxTensor mapped(OnnxTensor tensor, DoubleUnaryOperator function) {
        return OnnxTensor.ofDoubles(
                tensor.name(),
                tensor.type(),
                tensor.shape(),
                Arrays.stream(tensor.toDoubles()).map(function).toArray());
    }

    /** Returns a shape of the same rank in which nothing is known. */
    static long[] unknown(int rank) {
        return LongStream.generate(() -> -1).limit(rank).toArray();
    }
}
