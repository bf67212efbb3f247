package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.OrtProbe;

/** Compares what TensorFlow computes with ONNX Runtime's results. */
final class OrtReference {
    private OrtReference() {}

    /** Demands equal integers, strings and truth values. */
    static void assertSame(OnnxModel model, OnnxTensor... feeds) {
        assertClose(model, 0, feeds);
    }

    /** Demands numbers that differ by no more than a share of the largest one. */
    static void assertClose(OnnxModel model, double tolerance, OnnxTensor... feeds) {
        List<OnnxTensor> found = TestModels.run(model, feeds);
        List<OnnxTensor> expected = expected(model, feeds);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(found.get(i).shape())
                    .as("shape of output %d", i)
                    .isEqualTo(expected.get(i).shape());
            if (expected.get(i).type() == OnnxType.STRING) {
                assertThat(found.get(i).strings()).isEqualTo(expected.get(i).strings());
                continue;
            }
            double[] reference = expected.get(i).toDoubles();
            double largest = Arrays.stream(reference)
                    .filter(Double::isFinite)
                    .map(Math::abs)
                    .max()
                    .orElse(0);
            assertThat(found.get(i).toDoubles())
                    .as("output %d", i)
                    .containsExactly(reference, offset(tolerance * Math.max(largest, 1)));
        }
    }

    private static List<OnnxTensor> expected(OnnxModel model, OnnxTensor... feeds) {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        for (OnnxTensor feed : feeds) {
            inputs.put(feed.name(), feed);
        }
        List<String> outputs =
                model.graph().outputs().stream().map(OnnxValue::name).toList();
        try (OrtProbe probe = OrtProbe.open(model, new OrtOptions(1))) {
            Map<String, OnnxTensor> values = probe.fetch(inputs, outputs);
            return outputs.stream().map(values::get).toList();
        }
    }
}
