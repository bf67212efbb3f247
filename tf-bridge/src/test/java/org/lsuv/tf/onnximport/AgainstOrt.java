package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
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

/** Compares what an imported model computes, with its inputs as they are declared, with ONNX Runtime. */
final class AgainstOrt {
    private AgainstOrt() {}

    /** Asserts that all outputs agree: shapes and integers exactly, others up to rounding of the largest value. */
    static void assertAgrees(OnnxModel model, OnnxTensor... feeds) {
        List<OnnxTensor> found = TestModels.run(model, feeds);
        List<String> outputs =
                model.graph().outputs().stream().map(OnnxValue::name).toList();
        Map<String, OnnxTensor> inputs =
                Arrays.stream(feeds).collect(Collectors.toMap(OnnxTensor::name, Function.identity()));
        try (OrtProbe probe = OrtProbe.open(model, new OrtOptions(1))) {
            Map<String, OnnxTensor> expected = probe.fetch(inputs, outputs);
            for (int i = 0; i < outputs.size(); i++) {
                OnnxTensor reference = expected.get(outputs.get(i));
                if (reference == null) {
                    throw new AssertionError("ONNX Runtime does not give " + outputs.get(i));
                }
                assertSame(outputs.get(i), found.get(i), reference);
            }
        }
    }

    private static void assertSame(String name, OnnxTensor found, OnnxTensor expected) {
        assertThat(found.shape()).as("shape of " + name).containsExactly(expected.shape());
        double[] wanted = expected.toDoubles();
        double largest = Arrays.stream(wanted).map(Math::abs).max().orElse(0);
        double tolerance = switch (expected.type()) {
            case DOUBLE -> 1e-12;
            case FLOAT -> 1e-5;
            default -> 0;
        };
        assertThat(found.toDoubles()).as(name).containsExactly(wanted, Offset.offset(tolerance * largest));
    }

    /** Returns the same Gaussian numbers every time. */
    static OnnxTensor gaussian(String name, OnnxType type, long... shape) {
        Random random = new Random(name.hashCode());
        int count = (int) LongStream.of(shape).reduce(1, Math::multiplyExact);
        double[] values = new double[count];
        Arrays.setAll(values, i -> random.nextGaussian());
        return OnnxTensor.ofDoubles(name, type, shape, values);
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
