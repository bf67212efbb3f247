package org.lsuv.tf.diagnose;

import java.util.List;
import java.util.OptionalInt;

/**
 * Says how fast M grows or decays along a way: the first failure mode of Hanin and Rolnick (2018).
 *
 * <p>At initialisation each layer multiplies M by a factor of its own, so ln M is a random walk with a drift. The
 * best estimate of a drift is the mean step; its interval is Student's, of the steps as they differ from it. (A
 * straight line fitted to ln M would take the walk's wandering for independent errors, and be far too sure.)
 *
 * @param slope the mean step of ln M a layer
 * @param low the lower end of its interval at 95 %
 * @param high the upper end
 * @param steps the number of steps behind it
 * @param leastSquares the slope of the straight line fitted to ln M by least squares
 * @param logFactor ln of M at the last point over M at the first
 * @param logRange the greatest |ln M − ln M at the first point| on the way
 * @param predictedSlope the mean of ln κ a layer, over layers of the way that no normalisation follows
 * @param logPredicted Σ ln κ over the longest stretch without a normalisation, by size
 * @param leavesHalf the first depth at which float16 does not hold the signal
 * @param leavesFloat the first depth at which float32 does not hold it
 */
public record Growth(
        double slope,
        double low,
        double high,
        int steps,
        double leastSquares,
        double logFactor,
        double logRange,
        double predictedSlope,
        double logPredicted,
        OptionalInt leavesHalf,
        OptionalInt leavesFloat) {

    /** Measures the growth along some points. */
    static Growth of(List<PathPoint> points) {
        List<PathPoint> usable = usable(points);
        double[] depths = usable.stream().mapToDouble(PathPoint::depth).toArray();
        double[] logs = usable.stream().mapToDouble(PathPoint::logMeanSquare).toArray();
        Drift drift = Drift.of(depths, logs);
        double range = 0;
        for (double log : logs) {
            range = Math.max(range, Math.abs(log - logs[0]));
        }
        Predicted predicted = Predicted.of(points);
        return new Growth(
                drift.slope(),
                drift.slope() - drift.halfWidth(),
                drift.slope() + drift.halfWidth(),
                Math.max(0, logs.length - 1),
                Drift.leastSquares(depths, logs),
                logs.length < 2 ? Double.NaN : logs[logs.length - 1] - logs[0],
                range,
                predicted.slope(),
                predicted.log(),
                first(points, point -> !point.signal().fitsHalf()),
                first(points, point -> !point.signal().fitsFloat()));
    }

    /** Returns the points before the first whose M has no logarithm. */
    private static List<PathPoint> usable(List<PathPoint> points) {
        int end = 0;
        while (end < points.size() && Double.isFinite(points.get(end).logMeanSquare())) {
            end++;
        }
        return points.subList(0, end);
    }

    private static OptionalInt first(List<PathPoint> points, java.util.function.Predicate<PathPoint> leaves) {
        return points.stream().filter(leaves).mapToInt(PathPoint::depth).findFirst();
    }

    private record Predicted(double slope, double log) {
        static Predicted of(List<PathPoint> points) {
            double largest = 0;
            double sum = 0;
            int layers = 0;
            for (int i = 1; i < points.size(); i++) {
                PathPoint point = points.get(i);
                if (Math.abs(point.predicted()) > Math.abs(largest)) {
                    largest = point.predicted();
                }
                if (!point.normalised()) {
                    sum += point.predicted() - points.get(i - 1).predicted();
                    layers += point.depth() - points.get(i - 1).depth();
                }
            }
            return new Predicted(layers == 0 ? 0 : sum / layers, largest);
        }
    }
}
