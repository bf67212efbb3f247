package org.lsuv.tf.onnxexport;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Split;
import org.tensorflow.op.core.SplitV;
import org.tensorflow.op.core.StridedSlice;
import org.tensorflow.op.core.Unstack;
import org.tensorflow.types.TFloat32;

/** Computes steps of recurrent layers in the ways in which Keras' versions do. */
enum RecurrentCells implements RecurrentLayer.Step {
    LSTM("LSTM", 4, 2) {
        @Override
        public List<Operand<TFloat32>> next(
                Ops tf, Operand<TFloat32> x, List<Operand<TFloat32>> state, List<Operand<TFloat32>> w) {
            Operand<TFloat32> sum =
                    tf.math.add(tf.linalg.matMul(x, w.get(0)), tf.linalg.matMul(state.get(0), w.get(1)));
            List<Output<TFloat32>> gates = parts(tf, tf.nn.biasAdd(sum, w.get(2)), 1, 4);
            return lstm(tf, gates.get(0), gates.get(1), gates.get(2), gates.get(3), state.get(1));
        }
    },
    /** Takes the weights apart instead of the product, as {@code implementation=1} does. */
    LSTM_OF_PARTS("LSTM", 4, 2) {
        @Override
        public List<Operand<TFloat32>> next(
                Ops tf, Operand<TFloat32> x, List<Operand<TFloat32>> state, List<Operand<TFloat32>> w) {
            List<Output<TFloat32>> kernels = parts(tf, w.get(0), 1, 4);
            List<Output<TFloat32>> biases = parts(tf, w.get(2), 0, 4);
            List<Operand<TFloat32>> gates = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Operand<TFloat32> own = tf.nn.biasAdd(tf.linalg.matMul(x, kernels.get(i)), biases.get(i));
                Operand<TFloat32> part = columns(tf, w.get(1), i * UNITS, (i + 1) * UNITS);
                gates.add(tf.math.add(own, tf.linalg.matMul(state.get(0), part)));
            }
            return lstm(tf, gates.get(0), gates.get(1), gates.get(2), gates.get(3), state.get(1));
        }
    },
    GRU_RESET_AFTER("GRU", 3, 1) {
        @Override
        public List<Operand<TFloat32>> next(
                Ops tf, Operand<TFloat32> x, List<Operand<TFloat32>> state, List<Operand<TFloat32>> w) {
            return resetAfter(tf, x, state.get(0), w, w.get(2), w.get(3));
        }
    },
    /** Takes the two biases apart in each step, as a cell does outside of Keras' own layer. */
    GRU_OF_ONE_BIAS("GRU", 3, 1) {
        @Override
        public List<Operand<TFloat32>> next(
                Ops tf, Operand<TFloat32> x, List<Operand<TFloat32>> state, List<Operand<TFloat32>> w) {
            Unstack<TFloat32> biases = tf.unstack(w.get(2), 2L, Unstack.axis(0L));
            return resetAfter(
                    tf,
                    x,
                    state.get(0),
                    w,
                    biases.output().get(0),
                    biases.output().get(1));
        }
    },
    GRU_RESET_BEFORE("GRU", 3, 1) {
        @Override
        public List<Operand<TFloat32>> next(
                Ops tf, Operand<TFloat32> x, List<Operand<TFloat32>> state, List<Operand<TFloat32>> w) {
            Operand<TFloat32> h = state.get(0);
            Operand<TFloat32> ours = tf.nn.biasAdd(tf.linalg.matMul(x, w.get(0)), w.get(2));
            List<Output<TFloat32>> own = parts(tf, ours, 1, 3);
            Operand<TFloat32> theirs = tf.linalg.matMul(h, columns(tf, w.get(1), 0, 2 * UNITS));
            SplitV<TFloat32> past = tf.splitV(theirs, tf.constant(new int[] {UNITS, -1}), tf.constant(-1), 2L);
            Operand<TFloat32> z =
                    tf.math.sigmoid(tf.math.add(own.get(0), past.output().get(0)));
            Operand<TFloat32> r =
                    tf.math.sigmoid(tf.math.add(own.get(1), past.output().get(1)));
            Operand<TFloat32> last = tf.linalg.matMul(tf.math.mul(r, h), columns(tf, w.get(1), 2 * UNITS, 3 * UNITS));
            return gru(tf, z, h, tf.math.tanh(tf.math.add(own.get(2), last)));
        }
    },
    RNN("RNN", 1, 1) {
        @Override
        public List<Operand<TFloat32>> next(
                Ops tf, Operand<TFloat32> x, List<Operand<TFloat32>> state, List<Operand<TFloat32>> w) {
            return List.of(tf.math.tanh(simple(tf, x, state, w)));
        }
    },
    RNN_OF_RELU("RNN", 1, 1) {
        @Override
        public List<Operand<TFloat32>> next(
                Ops tf, Operand<TFloat32> x, List<Operand<TFloat32>> state, List<Operand<TFloat32>> w) {
            return List.of(tf.nn.relu(simple(tf, x, state, w)));
        }
    };

    static final int UNITS = 4;

    private final String operator;
    private final int gates;
    private final int states;

    RecurrentCells(String operator, int gates, int states) {
        this.operator = operator;
        this.gates = gates;
        this.states = states;
    }

    String operator() {
        return operator;
    }

    int gates() {
        return gates;
    }

    int states() {
        return states;
    }

    private static List<Output<TFloat32>> parts(Ops tf, Operand<TFloat32> value, int axis, long count) {
        Split<TFloat32> split = tf.split(tf.constant(axis), value, count);
        return split.output();
    }

    private static Operand<TFloat32> columns(Ops tf, Operand<TFloat32> matrix, int from, int to) {
        return tf.stridedSlice(
                matrix,
                tf.constant(new int[] {0, from}),
                tf.constant(new int[] {0, to}),
                tf.constant(new int[] {1, 1}),
                StridedSlice.beginMask(1L),
                StridedSlice.endMask(1L));
    }

    private static List<Operand<TFloat32>> lstm(
            Ops tf,
            Operand<TFloat32> i,
            Operand<TFloat32> f,
            Operand<TFloat32> g,
            Operand<TFloat32> o,
            Operand<TFloat32> c) {
        Operand<TFloat32> next =
                tf.math.add(tf.math.mul(tf.math.sigmoid(f), c), tf.math.mul(tf.math.sigmoid(i), tf.math.tanh(g)));
        return List.of(tf.math.mul(tf.math.sigmoid(o), tf.math.tanh(next)), next);
    }

    private static List<Operand<TFloat32>> resetAfter(
            Ops tf,
            Operand<TFloat32> x,
            Operand<TFloat32> h,
            List<Operand<TFloat32>> w,
            Operand<TFloat32> inputBias,
            Operand<TFloat32> stateBias) {
        List<Output<TFloat32>> own = parts(tf, tf.nn.biasAdd(tf.linalg.matMul(x, w.get(0)), inputBias), 1, 3);
        List<Output<TFloat32>> past = parts(tf, tf.nn.biasAdd(tf.linalg.matMul(h, w.get(1)), stateBias), -1, 3);
        Operand<TFloat32> z = tf.math.sigmoid(tf.math.add(own.get(0), past.get(0)));
        Operand<TFloat32> r = tf.math.sigmoid(tf.math.add(own.get(1), past.get(1)));
        return gru(tf, z, h, tf.math.tanh(tf.math.add(own.get(2), tf.math.mul(r, past.get(2)))));
    }

    private static List<Operand<TFloat32>> gru(Ops tf, Operand<TFloat32> z, Operand<TFloat32> h, Operand<TFloat32> n) {
        return List.of(tf.math.add(tf.math.mul(z, h), tf.math.mul(tf.math.sub(tf.constant(1f), z), n)));
    }

    private static Operand<TFloat32> simple(
            Ops tf, Operand<TFloat32> x, List<Operand<TFloat32>> state, List<Operand<TFloat32>> w) {
        Operand<TFloat32> ours = tf.nn.biasAdd(tf.linalg.matMul(x, w.get(0)), w.get(2));
        return tf.math.add(ours, tf.linalg.matMul(state.get(0), w.get(1)));
    }
}
