package org.lsuv.tf.onnxexport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lsuv.tf.onnxexport.ExportCase.count;
import static org.lsuv.tf.onnxexport.ExportCase.draw;
import static org.lsuv.tf.onnxexport.RecurrentCells.UNITS;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsuv.onnx.OnnxModel;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Sum;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;

/** Several recurrent layers in one network, as Keras' wrappers build them. */
class RecurrentNetworkExportTest {
    private static final int VALUES = 3;

    private static List<Operand<TFloat32>> weights(ExportCase net, RecurrentCells cell, String name, long values) {
        long gates = (long) cell.gates() * UNITS;
        return List.of(
                net.weight(name + "/kernel", values, gates),
                net.weight(name + "/recurrent_kernel", UNITS, gates),
                net.weight(name + "/bias", gates));
    }

    private static List<Operand<TFloat32>> zeros(Ops tf, Operand<TFloat32> sequence, int count) {
        Operand<TFloat32> zero = tf.fill(
                tf.stack(List.of(tf.gather(tf.shape(sequence), tf.constant(1), tf.constant(0)), tf.constant(UNITS))),
                tf.constant(0f));
        List<Operand<TFloat32>> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(zero);
        }
        return all;
    }

    @ParameterizedTest
    @EnumSource(names = {"LSTM", "GRU_RESET_BEFORE", "RNN"})
    void layerInBothDirectionsIsTwoOperators(RecurrentCells cell) {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, -1, VALUES);
            Operand<TFloat32> backwards = tf.reverse(x, tf.constant(new int[] {0}));
            Operand<TFloat32> forward = new RecurrentLayer(
                            tf, x, weights(net, cell, "forward", VALUES), zeros(tf, x, cell.states()))
                    .build(cell)
                    .shown();
            Operand<TFloat32> backward = new RecurrentLayer(
                            tf, backwards, weights(net, cell, "backward", VALUES), zeros(tf, x, cell.states()))
                    .build(cell)
                    .shown();
            net.output(
                    "y", tf.concat(List.of(forward, tf.reverse(backward, tf.constant(new int[] {0}))), tf.constant(2)));

            OnnxModel model = net.agrees(draw("x", 6, 2, VALUES));

            assertThat(count(model, cell.operator())).isEqualTo(2);
            assertThat(count(model, "Loop")).isZero();
            assertThat(model.graph().initializerNames()).contains("forward/kernel", "backward/recurrent_kernel");
        }
    }

    @Test
    void layersBehindEachOtherAreOneOperatorEach() {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", 5, -1, VALUES);
            Operand<TFloat32> shown = new RecurrentLayer(
                            tf, x, weights(net, RecurrentCells.LSTM, "first", VALUES), zeros(tf, x, 2))
                    .build(RecurrentCells.LSTM)
                    .shown();
            Operand<TFloat32> first = tf.ensureShape(shown, Shape.of(5, -1, UNITS));
            net.output(
                    "y",
                    new RecurrentLayer(tf, first, weights(net, RecurrentCells.RNN, "second", UNITS), zeros(tf, x, 1))
                            .build(RecurrentCells.RNN)
                            .shown());

            OnnxModel model = net.agrees(draw("x", 5, 2, VALUES));

            assertThat(count(model, "LSTM")).isEqualTo(1);
            assertThat(count(model, "RNN")).isEqualTo(1);
        }
    }

    /** Keras' {@code StackedRNNCells}: the second cell's input is no element of a list. */
    @Test
    void cellsOnTopOfEachOtherStayALoop() {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", 5, -1, VALUES);
            List<Operand<TFloat32>> weights = new ArrayList<>(weights(net, RecurrentCells.RNN, "lower", VALUES));
            weights.addAll(weights(net, RecurrentCells.RNN, "upper", UNITS));
            RecurrentLayer.Result result = new RecurrentLayer(tf, x, weights, zeros(tf, x, 2))
                    .build((ops, item, state, w) -> {
                        Operand<TFloat32> lower = RecurrentCells.RNN
                                .next(ops, item, state.subList(1, 2), w.subList(0, 3))
                                .get(0);
                        Operand<TFloat32> upper = RecurrentCells.RNN
                                .next(ops, lower, state.subList(0, 1), w.subList(3, 6))
                                .get(0);
                        return List.of(upper, lower);
                    });
            net.output("y", result.shown());
            net.output("lower", result.states().get(1));

            OnnxModel model = net.agrees(draw("x", 5, 2, VALUES));

            assertThat(count(model, "Loop")).isEqualTo(1);
            assertThat(model.graph().initializerNames()).contains("lower/kernel", "upper/kernel");
        }
    }

    /** Keras keeps the state where a mask is off, by choosing between it and the new one. */
    @Test
    void maskedStepsStayALoop() {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", 5, -1, VALUES);
            RecurrentLayer.Result result = new RecurrentLayer(
                            tf,
                            tf.reverse(x, tf.constant(new int[] {0})),
                            weights(net, RecurrentCells.LSTM, "layer", VALUES),
                            zeros(tf, x, 2))
                    .build((ops, item, state, w) -> {
                        List<Operand<TFloat32>> next = RecurrentCells.LSTM.next(ops, item, state, w);
                        Operand<TBool> on =
                                ops.math.greater(ops.sum(item, ops.constant(1), Sum.keepDims(true)), ops.constant(0f));
                        return List.of(
                                ops.select(on, next.get(0), state.get(0)), ops.select(on, next.get(1), state.get(1)));
                    });
            net.output("y", result.shown());
            net.output("state", result.states().get(1));

            OnnxModel model = net.agrees(draw("x", 5, 2, VALUES));

            assertThat(count(model, "Loop")).isEqualTo(1);
        }
    }
}
