package org.lsuv.tf.diagnose;

import java.util.Arrays;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/**
 * Says how the samples of the batch lie in a tensor, and how to view it as a matrix with a row for each.
 *
 * @param swapped whether samples lie along axis 1, and steps along axis 0, as in recurrent networks
 * @param rows the number of samples; −1 where only a run tells, 1 where samples cannot be told apart
 * @param rest the shape of what each sample has; a single −1 where it is not known
 * @param channels the axis of {@code rest} along which channels lie
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared, and handed on within this package alone.
record SampleView(boolean swapped, long rows, long[] rest, OptionalInt channels) {

    /**
     * Looks at a shape.
     *
     * @param batch the number of samples of a piece of the batch; −1 where pieces differ
     * @param channelAxis the axis of channels, from 0, or from −1 for the last
     */
    static SampleView of(Shape shape, long batch, OptionalInt channelAxis) {
        if (shape.isUnknown() || shape.numDimensions() == 0) {
            return whole();
        }
        long[] sizes = shape.asArray();
        boolean known = Arrays.stream(sizes).skip(1).allMatch(size -> size > 0);
        int axis = channelAxis.isPresent() ? Math.floorMod(channelAxis.getAsInt(), sizes.length) : -1;
        if (known && sizes[0] == batch) {
            long[] rest = sizes.length == 1 ? new long[] {1} : Arrays.copyOfRange(sizes, 1, sizes.length);
            return new SampleView(false, batch, rest, axis > 0 ? OptionalInt.of(axis - 1) : OptionalInt.empty());
        }
        boolean fixed = known && sizes[0] > 0 && batch > 0;
        if (fixed && sizes.length > 2 && sizes[1] == batch) {
            long[] rest = IntStream.range(0, sizes.length)
                    .filter(other -> other != 1)
                    .mapToLong(other -> sizes[other])
                    .toArray();
            return new SampleView(true, batch, rest, axis > 1 ? OptionalInt.of(axis - 1) : OptionalInt.empty());
        }
        if (fixed && sizes[0] % batch == 0) {
            // Tokens or windows of one sample after the other.
            long[] rest = sizes.clone();
            rest[0] = sizes[0] / batch;
            return new SampleView(false, batch, rest, axis > 0 ? OptionalInt.of(axis) : OptionalInt.empty());
        }
        return whole();
    }

    private static SampleView whole() {
        return new SampleView(false, 1, new long[] {-1}, OptionalInt.empty());
    }

    /** Tells whether samples can be told apart. */
    boolean hasSamples() {
        return rows != 1 || rest[0] >= 0;
    }

    /** Builds the matrix with a row for each sample. */
    <T extends TType> Operand<T> matrix(Ops tf, Operand<T> values) {
        Operand<T> inOrder = values;
        if (swapped) {
            int[] order = IntStream.range(0, rest.length + 1).toArray();
            order[0] = 1;
            order[1] = 0;
            inOrder = tf.linalg.transpose(values, tf.constant(order));
        }
        long width = Arrays.stream(rest).reduce(1, Math::multiplyExact);
        return tf.reshape(inOrder, tf.constant(new long[] {rows, rows < 0 ? width : -1}));
    }

    /** Builds the number of rows of such a matrix. */
    <T extends TType> Operand<TInt64> rows(Ops tf, Operand<T> matrix) {
        return tf.gather(tf.shape(matrix, TInt64.class), tf.constant(0), tf.constant(0));
    }

    /** Returns the axes of {@code rest} other than the channels'. */
    int[] positions() {
        return IntStream.range(0, rest.length)
                .filter(axis -> axis != channels.orElse(-1))
                .toArray();
    }
}
