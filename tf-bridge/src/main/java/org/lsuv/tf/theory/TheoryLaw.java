package org.lsuv.tf.theory;

import java.util.Locale;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/** Lists laws by which the square matrices of a fully connected network are drawn. */
public enum TheoryLaw {
    /** N(0, 2/n): He et al. (2015). */
    HE(0, 2),
    /** N(0, 2/n), drawn anew beyond two standard deviations, without a correction of the variance. */
    HE_TRUNCATED(1, 2 * 0.7737413035760535),
    /** N(0, 2/(n + n)): Glorot and Bengio (2010). */
    GLOROT(2, 1),
    /** N(0, 1/n): LeCun et al. (1998). */
    LECUN(3, 1),
    /** U(±1/√n): what PyTorch draws. */
    PYTORCH(4, 1.0 / 3),
    /** N(0, 4/n): twice He's variance. */
    TWICE_HE(5, 4),
    /** U(±√(6/n)): He's variance, evenly spread. */
    HE_UNIFORM(6, 2);

    private final long stream;
    private final double variance;

    /**
     * Describes a law.
     *
     * @param stream tells its random numbers from those of others under one seed
     * @param variance Var(W)·n
     */
    TheoryLaw(long stream, double variance) {
        this.stream = stream;
        this.variance = variance;
    }

    /** Returns its name as papers write it. */
    String label() {
        return switch (this) {
            case HE -> "He normal";
            case HE_UNIFORM -> "He uniform";
            case HE_TRUNCATED -> "He truncated";
            case GLOROT -> "Glorot";
            case LECUN -> "LeCun";
            case PYTORCH -> "PyTorch";
            case TWICE_HE -> "2 × He";
        };
    }

    /** Returns κ = Var(W)·n/2 of a layer with ReLU. */
    public double kappa() {
        return variance / 2;
    }

    /** Builds matrices, one for each draw. */
    Operand<TFloat32> draw(Ops tf, int draws, int width, long seed) {
        Operand<TInt32> shape = tf.constant(new int[] {draws, width, width});
        Operand<TInt64> seeds = tf.constant(new long[] {seed, stream});
        Operand<TFloat32> values = switch (this) {
            case PYTORCH, HE_UNIFORM ->
                tf.math.sub(
                        tf.math.mul(tf.random.statelessRandomUniform(shape, seeds), tf.constant(2f)), tf.constant(1f));
            case HE_TRUNCATED -> tf.random.statelessTruncatedNormal(shape, seeds);
            default -> tf.random.statelessRandomNormal(shape, seeds);
        };
        return tf.math.mul(values, tf.constant((float) deviation(width)));
    }

    /** Returns what a draw of the unit law is multiplied by. */
    private double deviation(int width) {
        return switch (this) {
            case PYTORCH -> 1 / Math.sqrt(width);
            case HE_TRUNCATED -> Math.sqrt(2.0 / width);
            case HE_UNIFORM -> Math.sqrt(6.0 / width);
            default -> Math.sqrt(variance / width);
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
