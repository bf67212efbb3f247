package org.lsuv.tf.init;

import java.util.ArrayList;
import java.util.List;

/**
 * Solves f(x) = 0 in several unknowns from values of f alone, where f changes about as x does: Broyden's first method
 * (Broyden 1965, "A class of methods for solving nonlinear simultaneous equations", eq. 4.5 and 4.12), which starts
 * from the identity. In one unknown it is the secant method.
 *
 * <p>The inverse of the Jacobian is kept as a sum I + Σ u·vᵀ with one term a step, so that thousands of unknowns cost no
 * more than a few vectors.
 */
final class SecantSteps {
    /** The least change of f, as a share of what was foreseen, that is believed (Powell 1970). */
    private static final double LEAST = 0.1;

    /** Below this squared length a step says nothing. */
    private static final double NO_STEP = 1e-18;

    private final List<double[]> us = new ArrayList<>();
    private final List<double[]> vs = new ArrayList<>();
    private double[] lastPosition = new double[0];
    private double[] lastValue = new double[0];

    /**
     * Learns a value of f and returns what to add to x.
     *
     * @param position x
     * @param value f(x), as many numbers
     */
    double[] next(double[] position, double[] value) {
        if (lastPosition.length == position.length) {
            learn(difference(position, lastPosition), difference(value, lastValue));
        }
        lastPosition = position.clone();
        lastValue = value.clone();
        double[] step = product(us, vs, value);
        for (int i = 0; i < step.length; i++) {
            step[i] = -step[i];
        }
        return step;
    }

    private void learn(double[] moved, double[] changed) {
        double length = dot(moved, moved);
        if (length < NO_STEP) {
            return;
        }
        double[] foreseen = product(us, vs, changed);
        double share = dot(moved, foreseen) / length;
        if (Math.abs(share) < LEAST) {
            double trust = (1 - Math.copySign(LEAST, share)) / (1 - share);
            for (int i = 0; i < foreseen.length; i++) {
                foreseen[i] = trust * foreseen[i] + (1 - trust) * moved[i];
            }
        }
        double scale = dot(moved, foreseen);
        double[] u = difference(moved, foreseen);
        for (int i = 0; i < u.length; i++) {
            u[i] /= scale;
        }
        double[] v = product(vs, us, moved);
        us.add(u);
        vs.add(v);
    }

    /** Returns (I + Σ a·bᵀ)·x, which is the inverse of the Jacobian or, with both lists exchanged, its transpose. */
    private static double[] product(List<double[]> as, List<double[]> bs, double[] x) {
        double[] result = x.clone();
        for (int term = 0; term < as.size(); term++) {
            add(result, as.get(term), dot(bs.get(term), x));
        }
        return result;
    }

    private static void add(double[] to, double[] vector, double factor) {
        for (int i = 0; i < to.length; i++) {
            to[i] += factor * vector[i];
        }
    }

    private static double[] difference(double[] a, double[] b) {
        double[] result = a.clone();
        add(result, b, -1);
        return result;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
