package org.lsuv.tf.diagnose;

/**
 * Estimates the drift of a random walk whose steps span different lengths.
 *
 * @param slope the drift per unit of length
 * @param halfWidth half of its interval at 95 %; infinite below two steps
 */
record Drift(double slope, double halfWidth) {

    /** Estimates the drift of {@code values} over {@code positions}, which increase. */
    static Drift of(double[] positions, double[] values) {
        int steps = values.length - 1;
        if (steps < 1) {
            return new Drift(Double.NaN, Double.POSITIVE_INFINITY);
        }
        double length = positions[steps] - positions[0];
        double slope = (values[steps] - values[0]) / length;
        double squares = 0;
        for (int i = 1; i <= steps; i++) {
            double gap = positions[i] - positions[i - 1];
            double off = values[i] - values[i - 1] - slope * gap;
            squares += off * off / gap;
        }
        double error = steps < 2 ? Double.POSITIVE_INFINITY : Math.sqrt(squares / (steps - 1) / length);
        return new Drift(slope, steps < 2 ? error : student(steps - 1) * error);
    }

    /** Returns the slope of the straight line fitted by least squares; NaN below two points. */
    static double leastSquares(double[] positions, double[] values) {
        double x = java.util.Arrays.stream(positions).average().orElse(Double.NaN);
        double y = java.util.Arrays.stream(values).average().orElse(Double.NaN);
        double product = 0;
        double square = 0;
        for (int i = 0; i < values.length; i++) {
            product += (positions[i] - x) * (values[i] - y);
            square += (positions[i] - x) * (positions[i] - x);
        }
        return product / square;
    }

    /**
     * Returns the 97.5 % quantile of Student's law, to 1 % from two degrees of freedom on (Abramowitz and Stegun,
     * 26.7.5, four terms), exactly for one and two.
     */
    static double student(int freedom) {
        if (freedom == 1) {
            return 12.706;
        }
        if (freedom == 2) {
            return 4.3027;
        }
        double z = 1.959964;
        double n = freedom;
        double z3 = Math.pow(z, 3);
        double z5 = Math.pow(z, 5);
        double z7 = Math.pow(z, 7);
        double z9 = Math.pow(z, 9);
        return z
                + (z3 + z) / (4 * n)
                + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n)
                + (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n)
                + (79 * z9 + 776 * z7 + 1482 * z5 - 1920 * z3 - 945 * z) / (92160 * n * n * n * n);
    }
}
