package org.lsuv.tf.onnximport;

import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/**
 * Computes convolutions and pooling by their definitions, in float64 loops over any number of spatial
 * axes.
 *
 * @param strides the steps between windows
 * @param dilations the steps between taps
 * @param begins the padding in front
 * @param ends the padding behind
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record WindowLoops(long[] strides, long[] dilations, long[] begins, long[] ends) {

    /** Holds values in row-major order. */
    record Values(long[] shape, double[] data) {
        static Values zeros(long... shape) {
            return new Values(shape, new double[Math.toIntExact(count(shape))]);
        }

        double at(long... index) {
            return data[offset(shape, index)];
        }

        void add(double value, long... index) {
            data[offset(shape, index)] += value;
        }

        boolean holds(long... index) {
            for (int i = 0; i < index.length; i++) {
                if (index[i] < 0 || index[i] >= shape[i]) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Gathers the taps of one window; a tap outside of the input is {@code NaN}. */
    interface Pooling {
        double of(double[] taps, long realTaps, long paddedTaps);
    }

    /** Returns y[n, o, p] = Σ x[n, c, p·stride + k·dilation − begin] · w[o, c, k] within each group. */
    Values conv(Values x, Values w, int group) {
        long[] kernel = Arrays.copyOfRange(w.shape(), 2, w.shape().length);
        Values y = Values.zeros(outShape(x.shape(), w.shape()[0], kernel, false));
        long outputs = w.shape()[0] / group;
        each(
                y.shape(),
                out -> each(Arrays.copyOfRange(w.shape(), 1, w.shape().length), tap -> {
                    long[] from = from(out, Arrays.copyOfRange(tap, 1, tap.length));
                    from[1] = out[1] / outputs * w.shape()[1] + tap[0];
                    if (x.holds(from)) {
                        long[] weight = concat(new long[] {out[1]}, tap);
                        y.add(x.at(from) * w.at(weight), out);
                    }
                }));
        return y;
    }

    /** Returns y[n, o, p·stride + k·dilation − begin] += x[n, c, p] · w[c, o, k] within each group. */
    Values convTranspose(Values x, Values w, int group, long... outputPadding) {
        long[] shape = x.shape().clone();
        shape[1] = w.shape()[1] * group;
        for (int i = 0; i < strides.length; i++) {
            shape[i + 2] = strides[i] * (x.shape()[i + 2] - 1)
                    + (w.shape()[i + 2] - 1) * dilations[i]
                    + 1
                    + outputPadding[i]
                    - begins[i]
                    - ends[i];
        }
        Values y = Values.zeros(shape);
        long inputs = x.shape()[1] / group;
        each(
                x.shape(),
                in -> each(Arrays.copyOfRange(w.shape(), 1, w.shape().length), tap -> {
                    long[] to = from(in, Arrays.copyOfRange(tap, 1, tap.length));
                    to[1] = in[1] / inputs * w.shape()[1] + tap[0];
                    if (y.holds(to)) {
                        y.add(x.at(in) * w.at(concat(new long[] {in[1]}, tap)), to);
                    }
                }));
        return y;
    }

    Values pool(Values x, long[] kernel, boolean roundUp, Pooling pooling) {
        Values y = Values.zeros(outShape(x.shape(), x.shape()[1], kernel, roundUp));
        int taps = Math.toIntExact(count(kernel));
        each(y.shape(), out -> {
            double[] values = new double[taps];
            int[] counts = new int[3];
            each(kernel, tap -> {
                long[] from = from(out, tap);
                boolean real = x.holds(from);
                values[counts[0]++] = real ? x.at(from) : Double.NaN;
                counts[1] += real ? 1 : 0;
                counts[2] += isPadded(x.shape(), from) ? 1 : 0;
            });
            y.add(pooling.of(values, counts[1], counts[2]), out);
        });
        return y;
    }

    private boolean isPadded(long[] shape, long[] from) {
        for (int i = 0; i < strides.length; i++) {
            if (from[i + 2] < -begins[i] || from[i + 2] >= shape[i + 2] + ends[i]) {
                return false;
            }
        }
        return true;
    }

    private long[] outShape(long[] in, long channels, long[] kernel, boolean roundUp) {
        long[] shape = in.clone();
        shape[1] = channels;
        for (int i = 0; i < kernel.length; i++) {
            long room = in[i + 2] + begins[i] + ends[i] - (kernel[i] - 1) * dilations[i] - 1;
            shape[i + 2] = (roundUp ? -Math.floorDiv(-room, strides[i]) : room / strides[i]) + 1;
            if (roundUp && (shape[i + 2] - 1) * strides[i] >= in[i + 2] + begins[i]) {
                shape[i + 2]--;
            }
        }
        return shape;
    }

    private long[] from(long[] out, long[] tap) {
        long[] from = out.clone();
        for (int i = 0; i < tap.length; i++) {
            from[i + 2] = out[i + 2] * strides[i] + tap[i] * dilations[i] - begins[i];
        }
        return from;
    }

    /** Returns the values with their spatial axes in reverse order. */
    static Values spaceReversed(Values x) {
        Values reversed = Values.zeros(reversed(x.shape()));
        each(x.shape(), index -> reversed.add(x.at(index), reversed(index)));
        return reversed;
    }

    private static long[] reversed(long[] index) {
        long[] reversed = index.clone();
        for (int i = 2; i < index.length; i++) {
            reversed[i] = index[index.length + 1 - i];
        }
        return reversed;
    }

    static void each(long[] shape, Consumer<long[]> body) {
        for (long i = 0; i < count(shape); i++) {
            long[] index = new long[shape.length];
            long rest = i;
            for (int axis = shape.length - 1; axis >= 0; axis--) {
                index[axis] = rest % shape[axis];
                rest /= shape[axis];
            }
            body.accept(index);
        }
    }

    static long count(long[] shape) {
        return LongStream.of(shape).reduce(1, (a, b) -> a * b);
    }

    private static int offset(long[] shape, long[] index) {
        long offset = 0;
        for (int axis = 0; axis < shape.length; axis++) {
            offset = offset * shape[axis] + index[axis];
        }
        return Math.toIntExact(offset);
    }

    static long[] concat(long[] a, long[] b) {
        return LongStream.concat(LongStream.of(a), LongStream.of(b)).toArray();
    }
}
