package org.lsuv.tf.diagnose;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.tf.init.Progress;
import org.lsuv.tf.onnximport.BatchPlan;
import org.lsuv.tf.onnximport.OnnxImporter;
import org.lsuv.tf.onnximport.TestModels;

/** Builds networks whose fate is known, and diagnoses them. */
final class Networks {
    private Networks() {}

    static OnnxTensor normal(String name, double mean, double deviation, long seed, long... shape) {
        Random random = new Random(seed);
        int size = (int) java.util.Arrays.stream(shape).reduce(1, Math::multiplyExact);
        double[] values = new double[size];
        for (int i = 0; i < size; i++) {
            values[i] = mean + deviation * random.nextGaussian();
        }
        return OnnxTensor.ofDoubles(name, OnnxType.FLOAT, shape, values);
    }

    /**
     * Builds a fully connected network.
     *
     * @param variance Var(W)·fan-in
     * @param bias the bias of every unit
     */
    static OnnxModel mlp(int depth, int width, String activation, double variance, double bias) {
        TestModels model = TestModels.opset(17).input("x", OnnxType.FLOAT, -1, width);
        String value = "x";
        for (int i = 0; i < depth; i++) {
            model.initializer(normal("w" + i, 0, Math.sqrt(variance / width), i + 1, width, width))
                    .initializer(normal("b" + i, bias, 0, 0, width))
                    .node("Gemm", value + ",w" + i + ",b" + i, "z" + i)
                    .node(activation, "z" + i, "a" + i);
            value = "a" + i;
        }
        return model.build(value);
    }

    static DiagnosisReport diagnose(OnnxModel model, OnnxTensor... inputs) {
        return diagnose(model, OptionalLong.empty(), DiagnoseOptions.defaults(), inputs);
    }

    static DiagnosisReport diagnose(
            OnnxModel model, OptionalLong rowsAtATime, DiagnoseOptions options, OnnxTensor... inputs) {
        Map<String, OnnxTensor> tensors = new java.util.LinkedHashMap<>();
        List.of(inputs).forEach(input -> tensors.put(input.name(), input));
        BatchPlan plan = BatchPlan.of(model, DataBatch.of(model.graph().inputs(), tensors), rowsAtATime);
        return Diagnosis.of(OnnxImporter.load(model, plan.importOptions()), plan.pieces(), options, Progress.NONE);
    }

    static Verdict.Level level(DiagnosisReport report, FailureMode mode) {
        return report.verdicts().stream()
                .filter(verdict -> verdict.mode() == mode)
                .map(Verdict::level)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no verdict on " + mode));
    }
}
