package org.lsuv.tf.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.layers.NotInitialised;
import org.lsuv.onnx.layers.OutputChannels.Block;
import org.lsuv.tf.ControlFlow;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.draw.Initializer;
import org.lsuv.tf.init.LsuvOptions;
import org.lsuv.tf.init.LsuvReport;
import org.lsuv.tf.init.UnscaledWeight;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Recurrent layers as Keras writes them: a loop that takes its input from a list, step by step. */
class LoopHoistingTest {
    private static final int STEPS = 7;
    private static final int UNITS = 6;

    private final HandMade made = new HandMade();

    @AfterEach
    void close() {
        made.close();
    }

    private interface Step {
        /** Returns the next state. */
        List<Operand<TFloat32>> next(
                Ops tf, Operand<TFloat32> x, List<Operand<TFloat32>> state, List<Operand<TFloat32>> weights);
    }

    private static Operand<TFloat32> lstmGates(
            Ops tf, Operand<TFloat32> x, Operand<TFloat32> h, List<Operand<TFloat32>> w) {
        Operand<TFloat32> sum = tf.math.add(tf.linalg.matMul(x, w.get(0)), tf.linalg.matMul(h, w.get(1)));
        return tf.nn.biasAdd(sum, w.get(2));
    }

    private static List<Operand<TFloat32>> lstm(
            Ops tf, Operand<TFloat32> x, List<Operand<TFloat32>> state, List<Operand<TFloat32>> w) {
        List<Output<TFloat32>> gates =
                tf.split(tf.constant(1), lstmGates(tf, x, state.get(0), w), 4L).output();
        Operand<TFloat32> c = tf.math.add(
                tf.math.mul(tf.math.sigmoid(gates.get(1)), state.get(1)),
                tf.math.mul(tf.math.sigmoid(gates.get(0)), tf.math.tanh(gates.get(2))));
        return List.of(tf.math.mul(tf.math.sigmoid(gates.get(3)), tf.math.tanh(c)), c);
    }

    private static List<Operand<TFloat32>> gru(
            Ops tf, Operand<TFloat32> x, List<Operand<TFloat32>> state, List<Operand<TFloat32>> w) {
        Operand<TFloat32> h = state.get(0);
        Operand<TFloat32> ours = tf.nn.biasAdd(tf.linalg.matMul(x, w.get(0)), w.get(2));
        List<Output<TFloat32>> own = tf.split(tf.constant(1), ours, 3L).output();
        Operand<TFloat32> theirs = tf.linalg.matMul(h, w.get(1));
        List<Output<TFloat32>> past = tf.split(tf.constant(1), theirs, 3L).output();
        Operand<TFloat32> z = tf.math.sigmoid(tf.math.add(own.get(0), past.get(0)));
        Operand<TFloat32> r = tf.math.sigmoid(tf.math.add(own.get(1), past.get(1)));
        Operand<TFloat32> n = tf.math.tanh(tf.math.add(own.get(2), tf.math.mul(r, past.get(2))));
        return List.of(tf.math.add(tf.math.mul(z, h), tf.math.mul(tf.math.sub(tf.constant(1f), z), n)));
    }

    private static List<Operand<TFloat32>> rnn(
            Ops tf, Operand<TFloat32> x, List<Operand<TFloat32>> state, List<Operand<TFloat32>> w) {
        Operand<TFloat32> ours = tf.nn.biasAdd(tf.linalg.matMul(x, w.get(0)), w.get(2));
        return List.of(tf.math.tanh(tf.math.add(ours, tf.linalg.matMul(state.get(0), w.get(1)))));
    }

    /** Builds a recurrent layer over the middle axis of its input, and returns its last state. */
    private Operand<TFloat32> layer(String name, Operand<TFloat32> x, int inputs, long gates, int states, Step step) {
        Ops tf = made.tf;
        Operand<TFloat32> turned = tf.linalg.transpose(x, tf.constant(new int[] {1, 0, 2}));
        Operand<?> list = tf.tensorListFromTensor(turned, tf.constant(new int[] {-1, inputs}));
        List<Operand<?>> initial = new ArrayList<>();
        initial.add(tf.constant(0));
        initial.add(list);
        initial.add(made.weight(name + ".kernel", inputs, gates * UNITS));
        initial.add(made.weight(name + ".recurrent", UNITS, gates * UNITS));
        initial.add(made.weight(name + ".bias", gates * UNITS));
        Operand<TInt32> rows = tf.gather(tf.shape(x), tf.constant(0), tf.constant(0));
        for (int i = 0; i < states; i++) {
            initial.add(tf.fill(tf.stack(List.of(rows, tf.constant(UNITS))), tf.constant(0f)));
        }
        List<Output<?>> last = ControlFlow.loop(
                tf,
                initial,
                (in, arguments) -> List.of(in.math.less(arguments.get(0).expect(TInt32.class), in.constant(STEPS))),
                (in, arguments) -> body(in, arguments, inputs, step));
        return last.get(5).expect(TFloat32.class);
    }

    private static List<? extends Operand<?>> body(Ops tf, List<Output<?>> arguments, int inputs, Step step) {
        Operand<TInt32> time = arguments.get(0).expect(TInt32.class);
        Operand<TFloat32> x =
                tf.tensorListGetItem(arguments.get(1), time, tf.constant(new int[] {-1, inputs}), TFloat32.class);
        List<Operand<TFloat32>> all = new ArrayList<>();
        arguments.subList(2, arguments.size()).forEach(argument -> all.add(argument.expect(TFloat32.class)));
        List<Operand<?>> next = new ArrayList<>();
        next.add(tf.math.add(time, tf.constant(1)));
        next.add(tf.identity(arguments.get(1)));
        next.add(tf.identity(all.get(0)));
        next.add(all.get(1));
        next.add(all.get(2));
        next.addAll(step.next(tf, x, all.subList(3, all.size()), all.subList(0, 3)));
        return next;
    }

    private Operand<TFloat32> network(String kind) {
        Operand<TFloat32> x = made.input("x", 32, STEPS, 5);
        Operand<TFloat32> h = switch (kind) {
            case "LSTM" -> layer("lstm", x, 5, 4, 2, LoopHoistingTest::lstm);
            case "GRU" -> layer("gru", x, 5, 3, 1, LoopHoistingTest::gru);
            default -> layer("rnn", x, 5, 1, 1, LoopHoistingTest::rnn);
        };
        return made.tf.nn.biasAdd(made.tf.linalg.matMul(h, made.weight("d", UNITS, 10)), made.weight("d.b", 10));
    }

    @ParameterizedTest
    @ValueSource(strings = {"LSTM", "GRU", "RNN"})
    void outputsAreTheSameWithTheProductOutsideOfTheLoop(String kind) {
        Operand<TFloat32> output = network(kind);
        TfModel before = made.plain(output);
        TfModel after = made.model(output);
        assertThat(after.graph()).isNotEqualTo(before.graph());
        double[] expected =
                made.run(before, Map.of(), List.of(TensorRef.of(output))).get(0).toDoubles();
        double[] found =
                made.run(after, Map.of(), List.of(TensorRef.of(output))).get(0).toDoubles();
        assertThat(found).containsExactly(expected, within(1e-6));
        assertThat(Arrays.stream(found).distinct().count()).isGreaterThan(100);
    }

    @ParameterizedTest
    @ValueSource(strings = {"LSTM", "GRU", "RNN"})
    void everyGateHasUnitVarianceAndTheStatesWeightIsOrthonormal(String kind) {
        Operand<TFloat32> output = network(kind);
        TfModel model = made.model(output);
        assertThat(model.layers()).extracting(WeightedLayer::op).containsExactly(kind, "MatMul");
        WeightedLayer layer = model.layers().get(0);
        LsuvReport report = made.initialise(model, LsuvOptions.defaults());
        assertThat(report.allConverged()).isTrue();
        OnnxTensor blob =
                made.run(model, report.weights(), List.of(layer.blob())).get(0);
        long gates = layer.kernel().channels() / UNITS;
        for (int gate = 0; gate < gates; gate++) {
            assertThat(variance(blob.toDoubles(), gate, (int) gates)).isCloseTo(1, within(0.011));
        }
        String state = kind.toLowerCase(java.util.Locale.ROOT) + ".recurrent";
        assertThat(report.unscaled()).extracting(UnscaledWeight::weight).containsExactly(state);
        double[] drawn = Objects.requireNonNull(report.weights().get(state)).toDoubles();
        for (int gate = 0; gate < gates; gate++) {
            assertThat(product(drawn, gate, gate, (int) gates, 0, 0)).isCloseTo(1, within(1e-5));
            assertThat(product(drawn, gate, gate, (int) gates, 0, 1)).isCloseTo(0, within(1e-5));
        }
        OnnxTensor logits = made.run(made.plain(output), report.weights(), List.of(TensorRef.of(output)))
                .get(0);
        assertThat(HandMade.variance(logits)).isCloseTo(1, within(0.011));
    }

    private static double variance(double[] all, int gate, int gates) {
        double[] own = new double[all.length / gates];
        for (int i = 0; i < own.length; i++) {
            own[i] = all[i / UNITS * UNITS * gates + gate * UNITS + i % UNITS];
        }
        double mean = Arrays.stream(own).average().orElseThrow();
        return Arrays.stream(own).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
    }

    /** Returns the product of two columns of one gate. */
    private static double product(double[] matrix, int gate, int other, int gates, int one, int two) {
        double sum = 0;
        for (int row = 0; row < UNITS; row++) {
            int start = row * UNITS * gates;
            sum += matrix[start + gate * UNITS + one] * matrix[start + other * UNITS + two];
        }
        return sum;
    }

    @Test
    void gatesAreNamedInTheOrderOfKeras() {
        List<Block> blocks =
                made.model(network("LSTM")).layers().get(0).channels().blocks();
        assertThat(blocks).extracting(Block::name).containsExactly("i", "f", "c", "o");
        assertThat(blocks.get(3)).isEqualTo(new Block("o", 18, 24));
    }

    @Test
    void defaultsOfKerasSetTheBiasOfTheForgetGate() {
        TfModel model = made.model(network("LSTM"));
        LsuvReport report = made.initialise(model, LsuvOptions.defaults().with(Initializer.KERAS));
        float[] expected = new float[4 * UNITS];
        Arrays.fill(expected, UNITS, 2 * UNITS, 1);
        assertThat(Objects.requireNonNull(report.weights().get("lstm.bias")).toFloats())
                .isEqualTo(expected);
    }

    @Test
    void layersInARowAreAllTakenOut() {
        Operand<TFloat32> x = made.input("x", 32, STEPS, 5);
        Operand<TFloat32> forward = layer("forward", x, 5, 4, 2, LoopHoistingTest::lstm);
        Operand<TFloat32> back =
                layer("back", made.tf.reverse(x, made.tf.constant(new int[] {1})), 5, 4, 2, LoopHoistingTest::lstm);
        List<WeightedLayer> layers =
                made.layers(made.tf.math.add(forward, back)).layers();
        assertThat(layers)
                .extracting(layer -> layer.weight().source())
                .containsExactlyInAnyOrder("forward.kernel", "back.kernel");
        assertThat(layers).allSatisfy(layer -> assertThat(layer.bias()).isPresent());
    }

    @Test
    void weightInsideALoopOfTensorFlow1IsToldOf() {
        Operand<TFloat32> x = made.input("x", 32, UNITS);
        Output<?>[] last = made.graph()
                .whileLoop(
                        new Output<?>[] {
                            made.tf.constant(0).asOutput(),
                            x.asOutput(),
                            made.weight("inner", UNITS, UNITS).asOutput()
                        },
                        (graph, in, out) -> {
                            Ops tf = Ops.create(graph);
                            out[0] = tf.math
                                    .less(in[0].expect(TInt32.class), tf.constant(STEPS))
                                    .asOutput();
                        },
                        (graph, in, out) -> {
                            Ops tf = Ops.create(graph);
                            out[0] = tf.math
                                    .add(in[0].expect(TInt32.class), tf.constant(1))
                                    .asOutput();
                            out[1] = tf.linalg
                                    .matMul(in[1].expect(TFloat32.class), in[2].expect(TFloat32.class))
                                    .asOutput();
                            out[2] = in[2];
                        },
                        "loop");
        Operand<TFloat32> output =
                made.tf.linalg.matMul(last[1].expect(TFloat32.class), made.weight("outer", UNITS, 4));
        TfLayers found = made.layers(output);
        assertThat(found.layers()).extracting(layer -> layer.weight().source()).containsExactly("outer");
        assertThat(found.notInitialised().get(0).reason()).startsWith("is passed to the body of Enter");
    }

    @Test
    void weightThatTheLoopUsesTwiceStaysInside() {
        Operand<TFloat32> x = made.input("x", 32, STEPS, UNITS);
        Operand<TFloat32> h = layer(
                "tied",
                x,
                UNITS,
                1,
                1,
                (tf, in, state, w) -> List.of(tf.math.tanh(
                        tf.math.add(tf.linalg.matMul(in, w.get(0)), tf.linalg.matMul(state.get(0), w.get(0))))));
        TfLayers found = made.layers(h);
        assertThat(found.layers()).isEmpty();
        assertThat(found.notInitialised())
                .extracting(NotInitialised::name)
                .containsExactly("tied.kernel", "tied.recurrent");
        assertThat(found.notInitialised().get(0).reason()).startsWith("is passed to the body of StatelessWhile");
    }
}
