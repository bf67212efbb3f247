package org.lsuv.tf.draw;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.Qr;
import org.tensorflow.op.linalg.Svd;
import org.tensorflow.op.linalg.TriangularSolve;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.family.TNumber;

/**
 * Builds graphs that make the columns of Gaussian matrices (block, tall, wide) orthonormal.
 *
 * <p>TensorFlow's QR runs on one thread, far below the speed of a product of matrices; it serves small matrices.
 * Others use Cholesky-QR (Q = A·R⁻¹ with AᵀA = RᵀR), which is made of products. Its error grows with the squared
 * condition number of A: one pass serves float32 matrices at least twice as tall as wide, which for Gaussian ones
 * have a condition number below 6. The rest is done in float64, by panels of columns: each loses what lies
 * along those before it and is made orthonormal, twice (Gram-Schmidt by blocks; twice is enough, Giraud et al.
 * 2005).
 *
 * <p>AᵀA is summed in float64 throughout: TensorFlow shares out long sums among its threads, and what is then
 * rounded to float32 does not tell how many there were.
 */
final class OrthonormalColumns {
    /** Up to as many columns QR is as fast, of matrices that are much taller than wide, and of others. */
    private static final int SMALL = 128;

    private static final int SMALL_NEARLY_SQUARE = 512;

    private static final int PANEL = 256;
    private static final int MOST_PANELS = 32;

    private OrthonormalColumns() {}

    /**
     * Returns Q of A = QR, where R has a positive diagonal: a Haar-distributed Q for a Gaussian A.
     *
     * @return panels of columns that {@link #sideBySide} or {@link #transposed} joins
     */
    static <T extends TNumber> List<Operand<T>> byQr(Ops tf, Operand<T> gaussian, Class<T> type, long tall, long wide) {
        boolean isTall = tall >= 2 * wide;
        if (wide <= (isTall ? SMALL : SMALL_NEARLY_SQUARE)) {
            return List.of(householder(tf, gaussian));
        }
        return isTall && type == TFloat32.class
                ? List.of(cholesky(tf, gaussian, type, wide))
                : byPanels(tf, gaussian, type, wide);
    }

    /**
     * A = UΣVᵀ, and UVᵀ is the matrix with orthonormal columns that lies next to A.
     *
     * @return one panel
     */
    static <T extends TNumber> List<Operand<T>> bySvd(Ops tf, Operand<T> gaussian, Class<T> type) {
        Svd<T> svd = tf.linalg.svd(gaussian, Svd.fullMatrices(false));
        return List.of(tf.train.batchMatMul(svd.u(), svd.v(), type, BatchMatMul.adjY(true)));
    }

    /** Joins panels to matrices (block, tall, wide). */
    static <T extends TNumber> Operand<T> sideBySide(Ops tf, List<Operand<T>> panels) {
        return joined(tf, panels, -1);
    }

    /** Joins panels to matrices (block, wide, tall). Each takes the place of the one before it in memory. */
    static <T extends TNumber> Operand<T> transposed(Ops tf, List<Operand<T>> panels) {
        List<Operand<T>> rows = new ArrayList<>();
        for (Operand<T> panel : panels) {
            Ops next = rows.isEmpty() ? tf : after(tf, rows.get(rows.size() - 1));
            rows.add(next.linalg.transpose(panel, tf.constant(new int[] {0, 2, 1})));
        }
        return joined(tf, rows, -2);
    }

    private static <T extends TNumber> Operand<T> joined(Ops tf, List<Operand<T>> parts, int axis) {
        return parts.size() == 1 ? parts.get(0) : tf.concat(parts, tf.constant(axis));
    }

    /** QR leaves the signs to the algorithm; a positive diagonal of R makes the result unique. */
    private static <T extends TNumber> Operand<T> householder(Ops tf, Operand<T> gaussian) {
        Qr<T> qr = tf.linalg.qr(gaussian, Qr.fullMatrices(false));
        Operand<T> signs = tf.math.sign(tf.linalg.matrixDiagPart(
                qr.r(),
                tf.constant(0),
                tf.dtypes.cast(tf.constant(0), gaussian.asOutput().type())));
        return tf.math.mul(qr.q(), tf.expandDims(signs, tf.constant(-2)));
    }

    /**
     * Works on one panel after the other: of a large matrix two panels at a time are there in float64. TensorFlow
     * starts whatever has its inputs, so that what may not start yet waits by control dependencies.
     */
    private static <T extends TNumber> List<Operand<T>> byPanels(
            Ops tf, Operand<T> gaussian, Class<T> type, long wide) {
        long width = Math.max(PANEL, (wide + MOST_PANELS - 1) / MOST_PANELS);
        List<Operand<T>> results = new ArrayList<>();
        for (long from = 0; from < wide; from += width) {
            long columns = Math.min(width, wide - from);
            Ops next = results.isEmpty() ? tf : after(tf, results.get(results.size() - 1));
            Operand<TFloat64> panel = tf.dtypes.cast(
                    next.slice(
                            gaussian, tf.constant(new long[] {0, 0, from}), tf.constant(new long[] {-1, -1, columns})),
                    TFloat64.class);
            for (int pass = 0; pass < 2; pass++) {
                panel = cholesky(tf, without(tf, panel, results), TFloat64.class, columns);
            }
            results.add(tf.dtypes.cast(panel, type));
        }
        return results;
    }

    private static <T extends TNumber> Operand<TFloat64> without(
            Ops tf, Operand<TFloat64> columns, List<Operand<T>> panels) {
        Operand<TFloat64> rest = columns;
        for (Operand<T> stored : panels) {
            Operand<TFloat64> panel = after(tf, rest).dtypes.cast(stored, TFloat64.class);
            Operand<TFloat64> along = tf.train.batchMatMul(panel, rest, TFloat64.class, BatchMatMul.adjX(true));
            rest = tf.math.sub(rest, tf.train.batchMatMul(panel, along, TFloat64.class));
        }
        return rest;
    }

    private static Ops after(Ops tf, Operand<?> earlier) {
        return tf.withControlDependencies(List.of(earlier));
    }

    private static <T extends TNumber> Operand<T> cholesky(Ops tf, Operand<T> a, Class<T> type, long wide) {
        Operand<TFloat64> exact = tf.dtypes.cast(a, TFloat64.class);
        Operand<TFloat64> gram = tf.train.batchMatMul(exact, exact, TFloat64.class, BatchMatMul.adjX(true));
        Operand<TFloat64> lower = tf.linalg.cholesky(gram);
        Operand<TFloat64> identity = tf.linalg.tensorDiag(tf.fill(tf.constant(new long[] {wide}), tf.constant(1.0)));
        Operand<TFloat64> inverse =
                tf.linalg.triangularSolve(lower, tf.expandDims(identity, tf.constant(0)), TriangularSolve.lower(true));
        // AᵀA = LLᵀ, R = Lᵀ, and A·R⁻¹ = A·(L⁻¹)ᵀ.
        return tf.train.batchMatMul(a, tf.dtypes.cast(inverse, type), type, BatchMatMul.adjY(true));
    }
}
