package org.lsuv.tf.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.GraphProto;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.layers.NotInitialised;
import org.lsuv.onnx.measured.MeasuredModel;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.Verification;
import org.lsuv.tf.draw.Initializer;
import org.lsuv.tf.init.LayerResult;
import org.lsuv.tf.init.LsuvOptions;
import org.lsuv.tf.init.Progress;
import org.lsuv.tf.onnximport.TestModels;

/** Layers whose weights are inside the bodies of If, Loop and Scan. */
class BodiesTest {
    private static OnnxTensor random(String name, long... shape) {
        Random random = new Random(name.hashCode());
        int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        double[] values = IntStream.range(0, count)
                .mapToDouble(i -> random.nextGaussian())
                .toArray();
        return OnnxTensor.ofDoubles(name, OnnxType.FLOAT, shape, values);
    }

    /** A recurrence whose state starts from zeros that come as data. */
    private static OnnxModel recurrence() {
        GraphProto cell = TestModels.body()
                .input("h")
                .input("step")
                .initializer(random("w", 6, 10))
                .initializer(random("r", 10, 10))
                .node("MatMul", "step, w", "i")
                .node("MatMul", "h, r", "s")
                .node("Add", "i, s", "sum")
                .node("Tanh", "sum", "next")
                .graph("next");
        return TestModels.opset(17)
                .input("start", OnnxType.FLOAT, -1, 10)
                .input("x", OnnxType.FLOAT, 5, -1, 6)
                .initializer(random("v", 10, 4))
                .node("Scan", "start, x", "last", "body", cell, "num_scan_inputs", 1)
                .node("MatMul", "last, v", "y")
                .build("y");
    }

    private static OnnxModel choice() {
        return TestModels.opset(17)
                .input("x", OnnxType.FLOAT, -1, 8)
                .initializer(random("u", 8, 8))
                .initializer(OnnxTensor.ofFloats("limit", new long[0], 1e-3f))
                .node("MatMul", "x, u", "h")
                .node("Mul", "h, h", "q")
                .node("ReduceMean", "q", "m", "keepdims", 0)
                .node("Greater", "m, limit", "big")
                .node(
                        "If",
                        "big",
                        "y",
                        "then_branch",
                        TestModels.body()
                                .initializer(random("a", 8, 5))
                                .node("MatMul", "h, a", "ya")
                                .graph("ya"),
                        "else_branch",
                        TestModels.body()
                                .initializer(random("b", 8, 5))
                                .node("MatMul", "h, b", "yb")
                                .graph("yb"))
                .build("y");
    }

    private record Done(Network.Loaded loaded, List<LayerResult> layers, OnnxModel written, Verification verified) {}

    private static Done initialised(OnnxModel model, LsuvOptions options, OnnxTensor... tensors) {
        Map<String, OnnxTensor> batch = new LinkedHashMap<>();
        Arrays.stream(tensors).forEach(tensor -> batch.put(tensor.name(), tensor));
        Network.Initialised done =
                new OnnxNetwork(model).initialize(DataBatch.of(model.graph().inputs(), batch), options, Progress.NONE);
        OnnxModel written =
                done.loaded().changed(done.report().weights()).model().orElseThrow();
        MeasuredModel measured = MeasuredModel.of(written, List.of(batch), OrtOptions.DEFAULT);
        assertThat(measured.bodies().path()).isEqualTo(done.loaded().path());
        return new Done(
                done.loaded(),
                done.report().layers(),
                written,
                Verification.of(measured.model(), List.of(batch), Verification.Scope.DEFAULT, OrtOptions.DEFAULT));
    }

    private static void assertUnitVariance(Done done) {
        assertThat(done.verified().byWeight().values())
                .allSatisfy(parts -> assertThat(parts.get(0).variance()).isCloseTo(1, within(0.01)));
        assertThat(done.layers()).allMatch(layer -> layer.status() == LayerResult.Status.CONVERGED);
    }

    @Test
    void weightsOfARecurrenceReachTheTargetOverAllSteps() {
        OnnxTensor[] batch = {OnnxTensor.ofFloats("start", new long[] {32, 10}, new float[320]), random("x", 5, 32, 6)};

        Done done = initialised(recurrence(), LsuvOptions.defaults(), batch);

        assertUnitVariance(done);
        assertThat(done.verified().byWeight()).containsOnlyKeys("w", "r", "v");
        assertThat(done.layers()).hasSize(11);
        assertThat(done.layers().get(1).variance())
                .as("the first step, of a state of zeros")
                .isZero();
        Done again = initialised(done.written(), LsuvOptions.defaults().with(Initializer.KEEP), batch);
        assertThat(again.layers()).allSatisfy(layer -> assertThat(layer.scale()).isCloseTo(1, within(0.01)));
    }

    @Test
    void theBranchThatTheDataTakesIsInitialisedAndTheOtherNamed() {
        Done done = initialised(choice(), LsuvOptions.defaults(), random("x", 64, 8));

        assertUnitVariance(done);
        assertThat(done.verified().byWeight()).containsOnlyKeys("u", "a");
        assertThat(done.loaded().notInitialised())
                .extracting(NotInitialised::name, NotInitialised::reason)
                .containsExactly(
                        tuple("b", "is read in the else_branch of If \"If_4\" alone, which this batch does not take"));
    }
}
