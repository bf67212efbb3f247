package org.lsuv.tf.theory;

import java.util.ArrayList;
import java.util.List;

/**
 * Estimates ln E[(M_l/M_0)^k] on drawn networks as the sum over layers of ln E[(M_l/M_{l−1})^k].
 *
 * <p>A mean of M itself is mostly far too small: its tail is heavy. The factor of one layer, however, owes nothing to
 * those before, and its mean is estimated well.
 *
 * @param log the estimate
 * @param error its standard error
 */
record Moment(double log, double error) {

    /** Returns the estimate at the last layer. */
    static Moment of(List<double[]> logs, int power) {
        List<Moment> moments = along(logs, power);
        return moments.get(moments.size() - 1);
    }

    /**
     * Returns the estimate at each layer, that of the input, which is 0, first.
     *
     * @param logs ln M by layer, then by draw; −∞ where a draw is dead, whose factors from there on say nothing
     */
    static List<Moment> along(List<double[]> logs, int power) {
        List<Moment> moments = new ArrayList<>(List.of(new Moment(0, 0)));
        double log = 0;
        double variance = 0;
        for (int layer = 1; layer < logs.size(); layer++) {
            double[] before = logs.get(layer - 1);
            double[] after = logs.get(layer);
            double sum = 0;
            double squares = 0;
            int alive = 0;
            for (int i = 0; i < after.length; i++) {
                if (before[i] > Double.NEGATIVE_INFINITY) {
                    double factor = Math.exp(power * (after[i] - before[i]));
                    sum += factor;
                    squares += factor * factor;
                    alive++;
                }
            }
            log += sum > 0 ? Math.log(sum / alive) : Double.NEGATIVE_INFINITY;
            variance += sum > 0 ? (squares * alive / (sum * sum) - 1) / Math.max(1, alive - 1) : 0;
            moments.add(new Moment(log, Math.sqrt(variance)));
        }
        return moments;
    }
}
