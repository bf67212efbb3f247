package org.lsuv.onnx.data;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxValue;

/** Compares the shape of data with that of an input, and says how to mend it where it does not fit. */
final class ShapeFit {
    private ShapeFit() {}

    /**
     * Returns what is wrong; empty if the data fits.
     *
     * @param batched whether the first dimension is that of the batch, and so free
     */
    static Optional<String> misfit(OnnxValue input, boolean batched, OnnxTensor data) {
        if (input.shape().isEmpty()) {
            return Optional.empty();
        }
        long[] expected = input.shape().get().sizes();
        if (batched) {
            expected[0] = -1;
        }
        long[] found = data.shape();
        if (fits(expected, found)) {
            return Optional.empty();
        }
        return Optional.of("the model expects " + expected(input) + ", the file holds "
                + data.type().label() + OnnxShape.text(found) + remedy(expected, found, batched));
    }

    /** Returns type and shape as the model declares them: {@code float32[N, 3, 224, 224]}. */
    static String expected(OnnxValue input) {
        return input.type().label() + input.shape().map(OnnxShape::toString).orElse("");
    }

    private static boolean fits(long[] expected, long[] found) {
        return expected.length == found.length
                && IntStream.range(0, found.length).allMatch(i -> expected[i] < 0 || expected[i] == found[i]);
    }

    private static String remedy(long[] expected, long[] found, boolean batched) {
        if (batched && found.length == expected.length - 1) {
            long[] withBatch = IntStream.range(0, expected.length)
                    .mapToLong(i -> i == 0 ? 1 : found[i - 1])
                    .toArray();
            if (fits(expected, withBatch)) {
                return "; it has no batch axis: add one, reshape it to " + OnnxShape.text(withBatch);
            }
        }
        if (found.length == expected.length && found.length >= 3) {
            long[] channelsFirst = moveAxis(found, found.length - 1, 1);
            if (fits(expected, channelsFirst)) {
                return "; it looks channels-last: transpose it to " + OnnxShape.text(channelsFirst);
            }
            long[] channelsLast = moveAxis(found, 1, found.length - 1);
            if (fits(expected, channelsLast)) {
                return "; it looks channels-first: transpose it to " + OnnxShape.text(channelsLast);
            }
        }
        return batched ? reshaping(expected, found) : "";
    }

    private static String reshaping(long[] expected, long[] found) {
        long[] reshaped = expected.clone();
        boolean known = Arrays.stream(expected).skip(1).allMatch(size -> size >= 0);
        if (!known || found.length == 0) {
            return "";
        }
        reshaped[0] = found[0];
        return product(reshaped) == product(found) ? "; reshape it to " + OnnxShape.text(reshaped) : "";
    }

    /** Doubles cannot overflow, and differ where the true products do, for any real size. */
    private static double product(long[] shape) {
        return Arrays.stream(shape).asDoubleStream().reduce(1, (a, b) -> a * b);
    }

    private static long[] moveAxis(long[] shape, int from, int to) {
        long[] moved = shape.clone();
        if (from < to) {
            System.arraycopy(shape, from + 1, moved, from, to - from);
        } else {
            System.arraycopy(shape, to, moved, to + 1, from - to);
        }
        moved[to] = shape[from];
        return moved;
    }
}
