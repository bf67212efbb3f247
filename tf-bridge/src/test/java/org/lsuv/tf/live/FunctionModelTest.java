package org.lsuv.tf.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.HostTensors;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.init.Lsuv;
import org.lsuv.tf.init.LsuvOptions;
import org.lsuv.tf.init.LsuvReport;
import org.lsuv.tf.init.Progress;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Signature;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

class FunctionModelTest {
    /** Computes two dense layers, of which the second takes a part of the first one's outputs. */
    private static Signature network(Ops tf) {
        Placeholder<TFloat32> x = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 6)));
        Placeholder<TFloat32> first = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(6, 12)));
        Placeholder<TFloat32> second = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(4, 10)));
        Operand<TFloat32> product = tf.linalg.matMul(x, first);
        Operand<TFloat32> part =
                tf.split(tf.constant(1), tf.nn.relu(product), 3L).output().get(2);
        return Signature.builder()
                .input("x", x)
                .input("first", first)
                .input("second", second)
                .output("y", tf.linalg.matMul(part, second))
                .build();
    }

    @Test
    void argumentsThatAreWeightsAreInitialised() {
        try (ConcreteFunction function = ConcreteFunction.create(FunctionModelTest::network);
                TFloat32 x = LiveLsuvTest.random(64, 6);
                TFloat32 first = LiveLsuvTest.random(6, 12);
                TFloat32 second = LiveLsuvTest.random(4, 10)) {
            TfModel model = FunctionModel.of(function, Map.of("first", first, "second", second));
            LsuvReport report = Lsuv.initialize(
                    model, List.of(Map.of("x", HostTensors.toHost("x", x))), LsuvOptions.defaults(), Progress.NONE);
            assertThat(report.layers())
                    .extracting(layer -> layer.layer().weight().source())
                    .containsExactly("first", "second");
            try (Tensor newFirst = weight(report, "first");
                    Tensor newSecond = weight(report, "second");
                    Result result = function.call(Map.of("x", x, "first", newFirst, "second", newSecond))) {
                assertThat(variance(HostTensors.toHost("y", result.get(0)))).isCloseTo(1, within(0.011));
            }
        }
    }

    @Test
    void functionsThatAFunctionCallsAreLookedInto() {
        try (ConcreteFunction inner = ConcreteFunction.create(FunctionModelTest::network);
                ConcreteFunction outer = ConcreteFunction.create(tf -> {
                    Placeholder<TFloat32> x = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 6)));
                    Placeholder<TFloat32> first = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(6, 12)));
                    Placeholder<TFloat32> second = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(4, 10)));
                    Operand<?> y = tf.call(inner, Map.of("x", x, "first", first, "second", second))
                            .get("y");
                    return Signature.builder()
                            .input("x", x)
                            .input("kernel", first)
                            .input("second", second)
                            .output("result", Objects.requireNonNull(y))
                            .build();
                });
                TFloat32 x = LiveLsuvTest.random(64, 6);
                TFloat32 first = LiveLsuvTest.random(6, 12);
                TFloat32 second = LiveLsuvTest.random(4, 10)) {
            TfModel model = FunctionModel.of(outer, Map.of("kernel", first, "second", second));
            LsuvReport report = Lsuv.initialize(
                    model, List.of(Map.of("x", HostTensors.toHost("x", x))), LsuvOptions.defaults(), Progress.NONE);
            assertThat(model.layers())
                    .extracting(layer -> layer.weight().source())
                    .containsExactly("kernel", "second");
            try (Tensor newFirst = weight(report, "kernel");
                    Tensor newSecond = weight(report, "second");
                    Result result = outer.call(Map.of("x", x, "kernel", newFirst, "second", newSecond))) {
                assertThat(variance(HostTensors.toHost("y", result.get(0)))).isCloseTo(1, within(0.011));
            }
        }
    }

    private static Tensor weight(LsuvReport report, String name) {
        return HostTensors.toTensorFlow(Objects.requireNonNull(report.weights().get(name)));
    }

    private static double variance(OnnxTensor tensor) {
        double[] values = tensor.toDoubles();
        double mean = Arrays.stream(values).average().orElseThrow();
        return Arrays.stream(values).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
    }

    @Test
    void unknownArgumentIsToldOf() {
        try (ConcreteFunction function = ConcreteFunction.create(FunctionModelTest::network);
                TFloat32 kernel = LiveLsuvTest.random(6, 12)) {
            assertThatThrownBy(() -> FunctionModel.of(function, Map.of("kernel", kernel)))
                    .hasMessageContaining("the function has no argument \"kernel\"");
        }
    }
}
