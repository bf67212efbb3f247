package org.lsuv.tf.init;

/**
 * Finds what variance to aim at in the scaling run so that the pooled variance over the whole batch and all
 * uses of a weight becomes the wanted one.
 *
 * <p>For an untied weight and a batch in one piece both are the same thing. Otherwise the result follows the
 * aim by a power law, whose exponent (1 for an untied weight, larger for one used several times in a row) is
 * learned from the last two runs: a secant step on logarithms.
 */
final class TargetSearch {
    /** The logarithm of the farthest that an aim may lie from the wanted variance, as a factor. */
    private static final double FARTHEST = 18;

    private final double wanted;
    private double slope;
    private double aim;
    private double lastAim = Double.NaN;
    private double lastReached = Double.NaN;
    private boolean lost;

    /**
     * Starts at the wanted variance.
     *
     * @param uses how many layers use the weight
     */
    TargetSearch(double wanted, int uses) {
        this.wanted = wanted;
        this.aim = wanted;
        this.slope = uses;
    }

    double aim() {
        return aim;
    }

    /** Learns what the last aim led to, and takes the next. */
    void learn(double reached) {
        if (lost || !(reached > 0) || Double.isInfinite(reached)) {
            return;
        }
        double logAim = Math.log(aim);
        double logReached = Math.log(reached);
        if (Math.abs(logAim - lastAim) > 1e-9) {
            double learned = (logReached - lastReached) / (logAim - lastAim);
            slope = Math.min(Math.max(learned, 0.25), 4 * Math.max(slope, 1));
        }
        lastAim = logAim;
        lastReached = logReached;
        // No step beyond a factor of e⁴, whatever the slope says.
        double step = (Math.log(wanted) - logReached) / slope;
        aim = Math.exp(logAim + Math.min(Math.max(step, -4), 4));
        if (Math.abs(Math.log(aim / wanted)) > FARTHEST) {
            aim = wanted;
            lost = true;
        }
    }

    /** Tells whether no aim within reason leads to the wanted variance: a non-linearity bounds it, say. */
    boolean isLost() {
        return lost;
    }
}
