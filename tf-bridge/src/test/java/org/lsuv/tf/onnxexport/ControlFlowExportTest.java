package org.lsuv.tf.onnxexport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lsuv.tf.onnxexport.ElementwiseExportTest.integers;
import static org.lsuv.tf.onnxexport.ExportCase.count;
import static org.lsuv.tf.onnxexport.ExportCase.draw;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.ControlFlow;
import org.lsuv.tf.FunctionGraph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

class ControlFlowExportTest {
    @SuppressWarnings("unchecked") // TensorFlow's own outputs carry their type at run time alone.
    private static <T extends TType> Operand<T> as(Output<?> value) {
        return (Operand<T>) value;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5})
    void loopRunsAsOftenAsItsConditionHolds(int steps) {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, 3);
            Operand<TInt32> limit = net.input("limit", TInt32.class);
            List<Output<?>> last = ControlFlow.loop(
                    tf,
                    List.of(tf.constant(0), x, limit, net.weight("kernel", 3, 3)),
                    (ops, now) -> List.of(ops.math.less(
                            ControlFlowExportTest.<TInt32>as(now.get(0)),
                            ControlFlowExportTest.<TInt32>as(now.get(2)))),
                    (ops, now) -> List.of(
                            ops.math.add(ControlFlowExportTest.<TInt32>as(now.get(0)), ops.constant(1)),
                            ops.math.tanh(ops.linalg.matMul(
                                    ControlFlowExportTest.<TFloat32>as(now.get(1)),
                                    ControlFlowExportTest.<TFloat32>as(now.get(3)))),
                            now.get(2),
                            now.get(3)));
            net.output("y", last.get(1));
            net.output("steps", last.get(0));

            OnnxModel model =
                    net.agrees(draw("x", 2, 3), integers("limit", steps).withShape());

            assertThat(count(model, "Loop")).isEqualTo(1);
            assertThat(model.graph().initializerNames()).contains("kernel");
        }
    }

    /** Lets a loop put each row of {@code x} into a list. */
    private static OnnxModel collected(Operand<TInt32> steps, ExportCase net, int size, OnnxTensor... feeds) {
        Ops tf = net.tf();
        Operand<TFloat32> x = net.input("x", 4, -1, 3);
        Operand<? extends TType> given = tf.tensorListFromTensor(x, tf.constant(new int[] {-1, 3}));
        Operand<? extends TType> room =
                tf.tensorListReserve(tf.constant(new int[] {2, 3}), tf.constant(size), TFloat32.class);
        List<Output<?>> last = ControlFlow.loop(
                tf,
                List.of(tf.constant(0), room, steps, given),
                (ops, now) -> List.of(ops.math.less(
                        ControlFlowExportTest.<TInt32>as(now.get(0)), ControlFlowExportTest.<TInt32>as(now.get(2)))),
                (ops, now) -> {
                    Operand<TInt32> step = as(now.get(0));
                    Operand<TFloat32> row =
                            ops.tensorListGetItem(now.get(3), step, ops.constant(new int[] {-1, 3}), TFloat32.class);
                    return List.of(
                            ops.math.add(step, ops.constant(1)),
                            ops.tensorListSetItem(now.get(1), step, ops.math.sigmoid(row)),
                            now.get(2),
                            now.get(3));
                });
        net.output("y", tf.tensorListStack(last.get(1), tf.constant(new int[] {2, 3}), TFloat32.class));
        return net.agrees(feeds);
    }

    @Test
    void listThatALoopFillsIsWhatTheLoopCollects() {
        try (ExportCase net = new ExportCase()) {
            OnnxModel model = collected(net.tf().constant(4), net, 4, draw("x", 4, 2, 3));

            assertThat(count(model, "ScatterND")).isZero();
            assertThat(count(model, "Concat")).isZero();
        }
    }

    @Test
    void elementsThatNoStepSetsAreZeros() {
        try (ExportCase net = new ExportCase()) {
            Operand<TInt32> steps = net.input("steps", TInt32.class);

            collected(steps, net, 6, draw("x", 4, 2, 3), integers("steps", 3).withShape());
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {-1, 1})
    void choiceTakesTheBranchThatItsConditionSays(float value) {
        try (ExportCase net = new ExportCase();
                FunctionGraph holds = new FunctionGraph();
                FunctionGraph otherwise = new FunctionGraph()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1);
            Operand<TFloat32> kept = as(holds.argument(x));
            Operand<TFloat32> turned = as(otherwise.argument(x));
            net.output(
                    "y",
                    ControlFlow.choice(
                                    tf,
                                    tf.math.greater(tf.sum(x, tf.constant(0)), tf.constant(0f)),
                                    List.of(x),
                                    holds,
                                    List.of(holds.tf().identity(kept)),
                                    otherwise,
                                    List.of(otherwise.tf().math.exp(turned)))
                            .get(0));
            net.agrees(OnnxTensor.ofFloats("x", new long[] {2}, value, value / 2));
        }
    }
}
