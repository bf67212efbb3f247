package org.lsuv.tf.onnximport.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.TfTypes;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/** Converts Fourier transforms, and the windows and weights that go with them. */
final class SignalOps {
    private static final double HALF_TURN = Math.PI;

    private SignalOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.one("DFT", 17, SignalOps::dft17);
        ops.one("DFT", 20, SignalOps::dft20);
        ops.one("STFT", 17, SignalOps::stft);
        ops.one("MelWeightMatrix", 17, SignalOps::melWeightMatrix);
        ops.one("HannWindow", 17, node -> window(node, 0.5, 0.5, 0));
        ops.one("HammingWindow", 17, node -> window(node, 25.0 / 46, 21.0 / 46, 0));
        ops.one("BlackmanWindow", 17, node -> window(node, 0.42, 0.5, 0.08));
    }

    /** Says along what a transform goes: a permutation that makes that axis the last one and back, and its size. */
    private record Along(Operand<TInt32> swap, Size size) {
        static Along known(NodeContext node, long anyAxis) {
            Ops tf = node.tf();
            int rank = node.rank(0);
            int axis = Axes.position(node, anyAxis, rank);
            if (axis == rank - 1) {
                throw node.malformed(
                        "axis " + anyAxis + " of an input of rank " + rank + " holds real and imaginary parts");
            }
            return new Along(tf.constant(Axes.swapWithLast(axis, rank - 1)), Size.of(tf, node.input(0), axis));
        }

        static Along computed(NodeContext node) {
            Ops tf = node.tf();
            int rank = node.rank(0);
            Operand<TInt32> axis = tf.math.floorMod(tf.dtypes.cast(scalar(node, 2), TInt32.class), tf.constant(rank));
            Operand<TInt32> last = tf.constant(rank - 2);
            Operand<TInt32> places = tf.constant(Axes.all(rank - 1));
            Operand<TInt32> swap =
                    tf.select(tf.math.equal(places, axis), last, tf.select(tf.math.equal(places, last), axis, places));
            return new Along(swap, Size.of(tf, tf.gather(tf.shape(node.input(0)), axis, tf.constant(0))));
        }
    }

    private static Operand<TNumber> dft17(NodeContext node) {
        return dft(node, Along.known(node, node.attributes().intOr("axis", 1)));
    }

    private static Operand<TNumber> dft20(NodeContext node) {
        if (!node.has(2)) {
            return dft(node, Along.known(node, -2));
        }
        if (node.constant(2).isEmpty()) {
            return dft(node, Along.computed(node));
        }
        long[] axis = node.constantLongs(2);
        if (axis.length != 1) {
            throw node.malformed("expected one axis, got " + axis.length);
        }
        return dft(node, Along.known(node, axis[0]));
    }

    private static Operand<TNumber> dft(NodeContext node, Along along) {
        Ops tf = node.tf();
        Operand<TNumber> x = node.input(0);
        boolean inverse = node.attributes().flag("inverse");
        boolean oneSided = node.attributes().flag("onesided");
        boolean complex = isComplex(node);
        if (oneSided && !inverse && complex) {
            throw node.malformedAttribute("onesided", "half of the frequencies stand for all of a real signal only");
        }
        Size length = length(node, 1)
                .orElse(oneSided && inverse ? along.size().plus(-1).times(2) : along.size());
        Size read = oneSided && inverse ? length.over(2).plus(1) : length;
        Fourier parts = Fourier.of(tf, tf.dtypes.cast(x, TFloat64.class), complex);
        Fourier signal = new Fourier(
                fitted(tf, tf.linalg.transpose(parts.real(), along.swap()), read),
                fitted(tf, tf.linalg.transpose(parts.imaginary(), along.swap()), read));
        if (oneSided && inverse) {
            Operand<TFloat64> values = tf.linalg.transpose(signal.toReal(tf, length.operand()), along.swap());
            return tf.dtypes.cast(tf.expandDims(values, tf.constant(-1)), x.type());
        }
        Fourier result =
                oneSided ? Fourier.ofReal(tf, signal.real(), length.operand()) : signal.transformed(tf, inverse);
        Fourier back = new Fourier(
                tf.linalg.transpose(result.real(), along.swap()),
                tf.linalg.transpose(result.imaginary(), along.swap()));
        return tf.dtypes.cast(back.parts(tf), x.type());
    }

    private static boolean isComplex(NodeContext node) {
        int rank = node.rank(0);
        long parts = rank == 0 ? 0 : node.shape(0).get(rank - 1);
        if (parts < 0) {
            throw node.unsupported("whether the signal is complex, the last size of \""
                    + node.node().input(0) + "\", is not known before the graph runs");
        }
        if (parts != 1 && parts != 2) {
            throw node.malformed(
                    "expected a last axis of 1 or 2, for real and imaginary parts, got shape " + node.shape(0));
        }
        return parts == 2;
    }

    private static Optional<Size> length(NodeContext node, int input) {
        if (!node.has(input)) {
            return Optional.empty();
        }
        Optional<long[]> known = node.constant(input).map(tensor -> tensor.toLongs());
        if (known.isEmpty()) {
            return Optional.of(Size.of(node.tf(), scalar(node, input)));
        }
        if (known.get().length != 1 || known.get()[0] < 1 || known.get()[0] > Integer.MAX_VALUE) {
            throw node.malformed("input " + input + ": expected one integer from 1");
        }
        return Optional.of(Size.of(node.tf(), known.get()[0]));
    }

    private static Operand<TNumber> scalar(NodeContext node, int input) {
        return node.tf().reshape(node.<TNumber>input(input), node.tf().constant(new int[0]));
    }

    /** Cuts the last axis, or continues it with zeros. */
    private static Operand<TFloat64> fitted(Ops tf, Operand<TFloat64> x, Size length) {
        int last = x.shape().numDimensions() - 1;
        Size size = Size.of(tf, x, last);
        if (size.known().isPresent() && size.known().equals(length.known())) {
            return x;
        }
        Size none = Size.of(tf, 0);
        List<Size> begins = new ArrayList<>();
        List<Size> ends = new ArrayList<>();
        List<Size> sizes = new ArrayList<>();
        for (int axis = 0; axis <= last; axis++) {
            begins.add(none);
            ends.add(axis == last ? length.minus(size).atLeast(0) : none);
            sizes.add(axis == last ? length : Size.of(tf, x, axis));
        }
        Operand<TFloat64> padded = new Padding(begins, ends).apply(tf, x, 0);
        return tf.slice(padded, Size.vector(tf, begins), Size.vector(tf, sizes));
    }

    /** Transforms overlapping frames of signals (batch × time × parts). */
    private static Operand<TNumber> stft(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> x = node.input(0);
        boolean flat = node.rank(0) == 2;
        boolean complex = !flat && isComplex(node);
        boolean oneSided = node.attributes().intOr("onesided", 1) != 0;
        if (!flat && node.rank(0) != 3) {
            throw node.malformed("expected signals of rank 3, batch × time × parts, got shape " + node.shape(0));
        }
        if (oneSided && complex) {
            throw node.malformedAttribute("onesided", "half of the frequencies stand for all of a real signal only");
        }
        Size step = length(node, 1).orElseThrow(() -> node.malformed("input 1 is missing"));
        Size time = Size.of(tf, x, 1);
        Size frame = frameLength(node).orElse(time);
        Operand<TInt32> first = tf.math.mul(
                tf.range(
                        tf.constant(0),
                        tf.math.add(tf.math.floorDiv(time.minus(frame).operand(), step.operand()), tf.constant(1)),
                        tf.constant(1)),
                step.operand());
        Operand<TInt32> places = tf.math.add(
                tf.expandDims(first, tf.constant(1)), tf.range(tf.constant(0), frame.operand(), tf.constant(1)));
        Operand<TFloat64> signal = tf.dtypes.cast(x, TFloat64.class);
        Fourier parts = Fourier.of(tf, flat ? tf.expandDims(signal, tf.constant(2)) : signal, complex);
        Fourier frames = new Fourier(frames(node, parts.real(), places), frames(node, parts.imaginary(), places));
        Fourier result = oneSided ? Fourier.ofReal(tf, frames.real(), frame.operand()) : frames.transformed(tf, false);
        return tf.dtypes.cast(result.parts(tf), x.type());
    }

    private static Optional<Size> frameLength(NodeContext node) {
        if (node.has(2) && node.rank(2) != 1) {
            throw node.malformed("expected a window of rank 1, got shape " + node.shape(2));
        }
        Optional<Size> window = node.has(2) ? Optional.of(Size.of(node.tf(), node.input(2), 0)) : Optional.empty();
        Optional<Size> given = length(node, 3);
        if (window.isPresent() && given.isPresent()) {
            long expected = given.get().known().orElse(-1);
            long found = window.get().known().orElse(-1);
            if (expected >= 0 && found >= 0 && expected != found) {
                throw node.malformed("expected a window of the frame's length " + expected + ", got " + found);
            }
        }
        return given.or(() -> window);
    }

    private static Operand<TFloat64> frames(NodeContext node, Operand<TFloat64> signal, Operand<TInt32> places) {
        Ops tf = node.tf();
        Operand<TFloat64> frames = tf.gather(signal, places, tf.constant(1));
        return node.has(2) ? tf.math.mul(frames, tf.dtypes.cast(node.<TNumber>input(2), TFloat64.class)) : frames;
    }

    /** Returns a − b·cos(2πn/N) + c·cos(4πn/N); N is one less than the size unless the window is periodic. */
    private static Operand<?> window(NodeContext node, double a, double b, double c) {
        Ops tf = node.tf();
        Operand<TInt64> size = tf.dtypes.cast(scalar(node, 0), TInt64.class);
        boolean periodic = node.attributes().intOr("periodic", 1) != 0;
        Operand<TInt64> period = periodic ? size : tf.math.sub(size, tf.constant(1L));
        Operand<TFloat64> angle = tf.math.div(
                tf.math.mul(upTo(tf, size), tf.constant(2 * HALF_TURN)), tf.dtypes.cast(period, TFloat64.class));
        Operand<TFloat64> window = tf.math.sub(tf.constant(a), tf.math.mul(tf.constant(b), tf.math.cos(angle)));
        if (c != 0) {
            window =
                    tf.math.add(window, tf.math.mul(tf.constant(c), tf.math.cos(tf.math.mul(angle, tf.constant(2.0)))));
        }
        return tf.dtypes.cast(window, outputType(node));
    }

    private static Operand<TFloat64> upTo(Ops tf, Operand<TInt64> count) {
        return tf.dtypes.cast(tf.range(tf.constant(0L), count, tf.constant(1L)), TFloat64.class);
    }

    private static Class<? extends TType> outputType(NodeContext node) {
        int code = (int) node.attributes().intOr("output_datatype", OnnxType.FLOAT.code());
        OnnxType type = OnnxType.ofCode(code)
                .orElseThrow(() -> node.malformedAttribute("output_datatype", code + " is not an element type"));
        return TfTypes.computeType(type);
    }

    /** Returns triangles over the frequencies of a transform, spaced evenly on the mel scale. */
    private static Operand<?> melWeightMatrix(NodeContext node) {
        Ops tf = node.tf();
        Operand<TFloat64> bins = tf.dtypes.cast(scalar(node, 0), TFloat64.class);
        Operand<TFloat64> points = tf.math.add(bins, tf.constant(2.0));
        Operand<TFloat64> low = mel(tf, tf.dtypes.cast(scalar(node, 3), TFloat64.class));
        Operand<TFloat64> high = mel(tf, tf.dtypes.cast(scalar(node, 4), TFloat64.class));
        Operand<TFloat64> step = tf.math.div(tf.math.sub(high, low), points);
        Operand<TFloat64> mels = tf.math.add(low, tf.math.mul(step, upTo(tf, tf.dtypes.cast(points, TInt64.class))));
        Operand<TFloat64> hertz = tf.math.mul(
                tf.constant(700.0),
                tf.math.sub(tf.math.pow(tf.constant(10.0), tf.math.div(mels, tf.constant(2595.0))), tf.constant(1.0)));
        Operand<TInt64> length = tf.dtypes.cast(scalar(node, 1), TInt64.class);
        Operand<TInt64> spectrum = tf.math.add(tf.math.floorDiv(length, tf.constant(2L)), tf.constant(1L));
        Operand<TFloat64> places = tf.math.floor(tf.math.div(
                tf.math.mul(tf.dtypes.cast(tf.math.add(length, tf.constant(1L)), TFloat64.class), hertz),
                tf.dtypes.cast(scalar(node, 2), TFloat64.class)));
        Operand<TInt64> columns = tf.dtypes.cast(tf.range(tf.constant(0.0), bins, tf.constant(1.0)), TInt64.class);
        Operand<TFloat64> lower = tf.gather(places, columns, tf.constant(0));
        Operand<TFloat64> centre = tf.gather(places, tf.math.add(columns, tf.constant(1L)), tf.constant(0));
        Operand<TFloat64> upper = tf.gather(places, tf.math.add(columns, tf.constant(2L)), tf.constant(0));
        Operand<TFloat64> frequency = tf.expandDims(upTo(tf, spectrum), tf.constant(1));
        Operand<TFloat64> rising = between(tf, frequency, lower, centre);
        Operand<TFloat64> falling = between(tf, frequency, upper, centre);
        Operand<TBool> before = tf.math.less(frequency, centre);
        Operand<TBool> at = tf.math.equal(frequency, centre);
        Operand<TFloat64> triangle = tf.select(at, tf.onesLike(rising), tf.select(before, rising, falling));
        return tf.dtypes.cast(tf.math.maximum(triangle, tf.constant(0.0)), outputType(node));
    }

    private static Operand<TFloat64> mel(Ops tf, Operand<TFloat64> hertz) {
        return tf.math.mul(tf.constant(2595 / Math.log(10)), tf.math.log1p(tf.math.div(hertz, tf.constant(700.0))));
    }

    /** Returns how far values lie on the way from 0 at one end to 1 at the other; 0 where the ends meet. */
    private static Operand<TFloat64> between(
            Ops tf, Operand<TFloat64> x, Operand<TFloat64> from, Operand<TFloat64> to) {
        return tf.math.divNoNan(tf.math.sub(x, from), tf.math.sub(to, from));
    }
}
