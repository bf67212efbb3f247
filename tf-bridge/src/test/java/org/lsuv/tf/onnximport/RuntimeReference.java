package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.assertj.core.data.Offset;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.OrtProbe;

/** Compares what the imported graph computes with what ONNX Runtime computes. */
final class RuntimeReference {
    private RuntimeReference() {}

    /** Asserts that all outputs agree; the tolerance is relative to numbers above 1. */
    static void assertAgrees(OnnxModel model, double tolerance, OnnxTensor... feeds) {
        List<String> outputs =
                model.graph().outputs().stream().map(OnnxValue::name).toList();
        List<OnnxTensor> found = TestModels.run(model, feeds);
        Map<String, OnnxTensor> inputs = Arrays.stream(feeds).collect(Collectors.toMap(OnnxTensor::name, feed -> feed));
        try (OrtProbe probe = OrtProbe.open(model, OrtOptions.DEFAULT)) {
            Map<String, OnnxTensor> expected = probe.fetch(inputs, outputs);
            for (int i = 0; i < outputs.size(); i++) {
                String name = outputs.get(i);
                assertClose(name, Objects.requireNonNull(expected.get(name)), found.get(i), tolerance);
            }
        }
    }

    private static void assertClose(String name, OnnxTensor expected, OnnxTensor found, double tolerance) {
        assertThat(found.shape()).as("shape of %s", name).isEqualTo(expected.shape());
        double[] wanted = expected.toDoubles();
        double[] got = found.toDoubles();
        for (int i = 0; i < wanted.length; i++) {
            if (Double.compare(wanted[i], got[i]) != 0) {
                assertThat(got[i])
                        .as("element %d of %s", i, name)
                        .isCloseTo(wanted[i], Offset.offset(tolerance * Math.max(1, Math.abs(wanted[i]))));
            }
        }
    }

    /** Draws a tensor of numbers with mean 0 and variance 1, which differ from name to name. */
    static OnnxTensor draw(String name, long... shape) {
        long count = LongStream.of(shape).reduce(1, (a, b) -> a * b);
        Random random = new Random(name.hashCode());
        double[] values = new double[Math.toIntExact(count)];
        Arrays.setAll(values, i -> (float) random.nextGaussian());
        return OnnxTensor.ofDoubles(name, OnnxType.FLOAT, shape, values);
    }

    /** Returns a tensor of booleans (0 and 1), bytes or 32-bit integers. */
    static OnnxTensor integers(String name, OnnxType type, long[] shape, long... values) {
        boolean wide = type == OnnxType.INT32;
        ByteBuffer bytes = ByteBuffer.allocate(values.length * (wide ? 4 : 1)).order(ByteOrder.LITTLE_ENDIAN);
        for (long value : values) {
            if (wide) {
                bytes.putInt(Math.toIntExact(value));
            } else {
                bytes.put((byte) value);
            }
        }
        return OnnxTensor.of(name, type, shape, List.of(bytes.flip()));
    }
}
