package org.lsuv.tf.onnxexport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lsuv.tf.onnxexport.ElementwiseExportTest.integers;
import static org.lsuv.tf.onnxexport.ExportCase.count;
import static org.lsuv.tf.onnxexport.ExportCase.draw;
import static org.lsuv.tf.onnxexport.RecurrentCells.UNITS;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.layers.OnnxLayers;
import org.lsuv.onnx.layers.OutputChannels.Block;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Unstack;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

class RecurrentExportTest {
    private static final int VALUES = 3;

    private static List<Operand<TFloat32>> weights(ExportCase net, RecurrentCells cell, String name) {
        List<Operand<TFloat32>> weights = new ArrayList<>();
        long gates = (long) cell.gates() * UNITS;
        weights.add(net.weight(name + "/kernel", VALUES, gates));
        weights.add(net.weight(name + "/recurrent_kernel", UNITS, gates));
        switch (cell) {
            case GRU_RESET_AFTER -> {
                Operand<TFloat32> bias = net.weight(name + "/bias", 2, gates);
                weights.addAll(net.tf().unstack(bias, 2L, Unstack.axis(0L)).output());
            }
            case GRU_OF_ONE_BIAS -> weights.add(net.weight(name + "/bias", 2, gates));
            default -> weights.add(net.weight(name + "/bias", gates));
        }
        return weights;
    }

    private static List<Operand<TFloat32>> zeros(ExportCase net, RecurrentCells cell, Operand<TFloat32> sequence) {
        Ops tf = net.tf();
        Operand<TFloat32> zero = tf.fill(
                tf.stack(List.of(tf.gather(tf.shape(sequence), tf.constant(1), tf.constant(0)), tf.constant(UNITS))),
                tf.constant(0f));
        return Stream.generate(() -> zero).limit(cell.states()).toList();
    }

    private static RecurrentLayer layer(ExportCase net, RecurrentCells cell, Operand<TFloat32> sequence) {
        return new RecurrentLayer(net.tf(), sequence, weights(net, cell, "layer"), zeros(net, cell, sequence));
    }

    private static Operand<TFloat32> stepsFirst(ExportCase net, Operand<TFloat32> x) {
        return net.tf().linalg.transpose(x, net.tf().constant(new int[] {1, 0, 2}));
    }

    private static OnnxNode operator(OnnxModel model, RecurrentCells cell) {
        assertThat(count(model, "Loop")).isZero();
        List<OnnxNode> nodes = model.graph().nodes().stream()
                .filter(node -> node.opType().equals(cell.operator()))
                .toList();
        assertThat(nodes).hasSize(1);
        return nodes.get(0);
    }

    @ParameterizedTest
    @EnumSource
    void loopOverACellIsTheOperatorForIt(RecurrentCells cell) {
        try (ExportCase net = new ExportCase()) {
            Operand<TFloat32> x = net.input("x", -1, 5, VALUES);
            RecurrentLayer.Result result = layer(net, cell, stepsFirst(net, x)).build(cell);
            net.output("sequences", stepsFirst(net, result.shown()));
            net.output("state", result.states().get(0));
            net.output("lastState", result.states().get(cell.states() - 1));

            OnnxModel model = net.agrees(draw("x", 6, 5, VALUES));

            OnnxNode node = operator(model, cell);
            assertThat(node.inputs().subList(1, 4))
                    .containsExactly("layer/kernel", "layer/recurrent_kernel", "layer/bias");
        }
    }

    @ParameterizedTest
    @EnumSource
    void lastStepAloneComesFromTheOperator(RecurrentCells cell) {
        try (ExportCase net = new ExportCase()) {
            Operand<TFloat32> x = net.input("x", -1, 5, VALUES);
            net.output(
                    "y",
                    layer(net, cell, stepsFirst(net, x)).lastOnly().build(cell).shown());
            operator(net.agrees(draw("x", 2, 5, VALUES)), cell);
        }
    }

    @ParameterizedTest
    @EnumSource
    void statesThatAreGivenAreWhereItStarts(RecurrentCells cell) {
        try (ExportCase net = new ExportCase()) {
            Operand<TFloat32> x = net.input("x", -1, -1, VALUES);
            List<Operand<TFloat32>> initial = new ArrayList<>();
            List<OnnxTensor> feeds = new ArrayList<>(List.of(draw("x", 2, 3, VALUES)));
            for (int i = 0; i < cell.states(); i++) {
                initial.add(net.input("state" + i, -1, UNITS));
                feeds.add(draw("state" + i, 2, UNITS));
            }
            RecurrentLayer layer =
                    new RecurrentLayer(net.tf(), stepsFirst(net, x), weights(net, cell, "layer"), initial);
            RecurrentLayer.Result result = layer.build(cell);
            net.output("y", result.shown());
            net.output("last", result.states().get(cell.states() - 1));
            operator(net.agrees(feeds.toArray(OnnxTensor[]::new)), cell);
        }
    }

    @Test
    void sequenceBackwardsIsTurnedBeforeTheOperator() {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, -1, VALUES);
            Operand<TFloat32> turned = tf.reverse(stepsFirst(net, x), tf.constant(new int[] {0}));
            net.output(
                    "y",
                    layer(net, RecurrentCells.LSTM, turned)
                            .build(RecurrentCells.LSTM)
                            .shown());
            OnnxModel model = net.agrees(draw("x", 2, 7, VALUES));
            operator(model, RecurrentCells.LSTM);
        }
    }

    @Test
    void loopThatStopsBeforeTheEndReadsThatPartOfTheSequence() {
        try (ExportCase net = new ExportCase()) {
            Operand<TFloat32> x = net.input("x", -1, 2, VALUES);
            Operand<TInt32> steps = net.input("steps", TInt32.class);
            RecurrentLayer.Result result =
                    layer(net, RecurrentCells.GRU_RESET_AFTER, x).steps(steps).build(RecurrentCells.GRU_RESET_AFTER);
            net.output("y", result.shown());
            net.output("state", result.states().get(0));
            OnnxModel model =
                    net.agrees(draw("x", 6, 2, VALUES), integers("steps", 4).withShape());
            operator(model, RecurrentCells.GRU_RESET_AFTER);
        }
    }

    @Test
    void weightsOfTwoLayersThatShareThemAreComputed() {
        try (ExportCase net = new ExportCase()) {
            Operand<TFloat32> x = net.input("x", 5, -1, VALUES);
            List<Operand<TFloat32>> weights = weights(net, RecurrentCells.GRU_RESET_AFTER, "shared");
            Operand<TFloat32> y = net.tf().math.tanh(x);
            for (Operand<TFloat32> sequence : List.of(x, y)) {
                List<Operand<TFloat32>> zeros = zeros(net, RecurrentCells.GRU_RESET_AFTER, sequence);
                RecurrentLayer layer = new RecurrentLayer(net.tf(), sequence, weights, zeros);
                net.output(
                        sequence == x ? "one" : "two",
                        layer.build(RecurrentCells.GRU_RESET_AFTER).shown());
            }
            OnnxModel model = net.agrees(draw("x", 5, 2, VALUES));
            assertThat(count(model, "GRU")).isEqualTo(2);
            assertThat(model.graph().initializerNames())
                    .contains("shared/kernel", "shared/recurrent_kernel", "shared/bias");
        }
    }

    /** Keras keeps the state where a mask is off: no operator does. */
    @Test
    void cellThatDoesMoreStaysALoop() {
        try (ExportCase net = new ExportCase()) {
            Operand<TFloat32> x = net.input("x", 5, -1, VALUES);
            RecurrentLayer.Result result = layer(net, RecurrentCells.LSTM, x).build((tf, item, state, weights) -> {
                List<Operand<TFloat32>> next = RecurrentCells.LSTM.next(tf, item, state, weights);
                Operand<TFloat32> kept = tf.math.maximum(next.get(0), state.get(0));
                return List.of(kept, next.get(1));
            });
            net.output("y", result.shown());
            OnnxModel model = net.agrees(draw("x", 5, 2, VALUES));
            assertThat(count(model, "Loop")).isEqualTo(1);
            assertThat(count(model, "LSTM")).isZero();
        }
    }

    private static OnnxModel lstm(ExportCase net) {
        Operand<TFloat32> x = net.input("x", 5, -1, VALUES);
        RecurrentCells cell = RecurrentCells.LSTM;
        net.output("y", layer(net, cell, x).lastOnly().build(cell).shown());
        return net.export();
    }

    @Test
    void exportedLayerHasAKernelForEachGate() {
        try (ExportCase net = new ExportCase()) {
            OnnxLayers found = OnnxLayers.find(lstm(net).graph());
            assertThat(found.layers()).hasSize(1);
            assertThat(found.layers().get(0).weight().source()).isEqualTo("layer/kernel");
            assertThat(found.layers().get(0).channels().blocks())
                    .extracting(Block::name)
                    .containsExactly("forward i", "forward o", "forward f", "forward c");
        }
    }

    @Test
    void gatesOfAnLstmAreInTheOrderOfOnnx() {
        try (ExportCase net = new ExportCase()) {
            OnnxTensor kernel = lstm(net).graph().initializer("layer/kernel").orElseThrow();
            double[] kept = draw("layer/kernel", VALUES, 4 * UNITS).toDoubles();
            double[] written = kernel.toDoubles();
            assertThat(kernel.shape()).containsExactly(1, 4 * UNITS, VALUES);
            // Row 0 is the input gate's, row UNITS the output gate's, which comes last in Keras.
            assertThat(written[1]).isEqualTo(kept[4 * UNITS]);
            assertThat(written[UNITS * VALUES]).isEqualTo(kept[3 * UNITS]);
            assertThat(written[2 * UNITS * VALUES]).isEqualTo(kept[UNITS]);
        }
    }
}
