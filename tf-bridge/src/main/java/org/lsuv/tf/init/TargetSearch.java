package org.lsuv.tf.init;

/**
 * Finds what variance to aim at in the scaling run so that the pooled variance over the whole batch and all
 * uses of a weight becomes the wanted one.
 *
 * <p>For an untied weight and a batch in one piece both are the same thing. Otherwise the result follows the
 * aim by a power law, whose exponent is learned from the last two runs: a secant step on logarithms. Searches that
 * disturb each other take their steps together, in a {@link JointSearch}.
 */
final class TargetSearch {
    /** The logarithm of the farthest that an aim may lie from the wanted variance, as a factor. */
    private static final double FARTHEST = 18;

    /** The logarithm of the greatest factor by which an aim changes at once, whatever was learned. */
    static final double LONGEST_STEP = 3;

    private final double wanted;
    private final SecantSteps steps = new SecantSteps();
    private double offset;
    private boolean lost;

    /** Starts at the wanted variance. */
    TargetSearch(double wanted) {
        this.wanted = wanted;
    }

    double aim() {
        return wanted * Math.exp(offset);
    }

    /** Learns what the last aim led to, and takes the next. */
    void learn(double reached) {
        double error = error(reached);
        if (!Double.isNaN(error)) {
            double step = steps.next(new double[] {offset}, new double[] {error})[0];
            move(Math.copySign(Math.min(Math.abs(step), LONGEST_STEP), step));
        }
    }

    /** Returns the logarithm of the aim, as a share of the wanted variance. */
    double offset() {
        return offset;
    }

    /** Returns the logarithm of what was reached, as a share of the wanted variance; NaN where it says nothing. */
    double error(double reached) {
        return lost || !(reached > 0) || Double.isInfinite(reached) ? Double.NaN : Math.log(reached / wanted);
    }

    /** Takes another aim. */
    void move(double step) {
        offset += step;
        if (!(Math.abs(offset) <= FARTHEST)) {
            offset = 0;
            lost = true;
        }
    }

    /** Tells whether no aim within reason leads to the wanted variance: a non-linearity bounds it, say. */
    boolean isLost() {
        return lost;
    }
}
