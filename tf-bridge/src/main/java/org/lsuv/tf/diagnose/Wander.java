package org.lsuv.tf.diagnose;

import java.util.List;

/**
 * Says how far M wanders from layer to layer of one network: the second failure mode of Hanin and Rolnick (2018),
 * governed by β = Σ 1/n over layers in a row without a normalisation or a stream that passes them by.
 *
 * <p>A layer of n units whose activation is φ multiplies the relative second moment of M by 1 + c/n, with c =
 * E[φ⁴]/E[φ²]² − 1 (5 for ReLU). For a convolution n is output channels times positions of the kernel, what the fan-in
 * of a following layer of the same kernel would be: outputs at different positions share weights, and those within
 * one receptive field are what the next layer sums over.
 *
 * @param beta β, of the stretch where it is greatest
 * @param predicted ∏(1 + c/n), the predicted E[M²]/E[M]², over the same stretch
 * @param bound e^{5β}, the same for ReLU in the limit of wide layers
 * @param median e^{−5β/2}, the predicted median of M over its mean
 * @param measured the variance of M over the points of the way, relative to their squared mean
 * @param range how far ln M strays from its drift, greatest less least
 */
public record Wander(double beta, double predicted, double bound, double median, double measured, double range) {

    static Wander of(List<PathPoint> points, List<LayerDiagnosis> stretch) {
        double beta = stretch.stream().mapToDouble(layer -> 1.0 / layer.width()).sum();
        double predicted = Math.exp(stretch.stream()
                .mapToDouble(layer -> Math.log1p(layer.spread()))
                .sum());
        List<PathPoint> usable = points.stream()
                .filter(point -> point.depth() > 0 && Double.isFinite(point.logMeanSquare()))
                .toList();
        double[] squares = usable.stream()
                .mapToDouble(point -> point.signal().meanSquare())
                .toArray();
        double largest = java.util.Arrays.stream(squares).max().orElse(1);
        double mean = 0;
        double second = 0;
        for (double square : squares) {
            mean += square / largest / squares.length;
            second += square / largest * (square / largest) / squares.length;
        }
        return new Wander(
                beta,
                predicted,
                Math.exp(5 * beta),
                Math.exp(-2.5 * beta),
                squares.length < 2 ? Double.NaN : second / (mean * mean) - 1,
                range(usable));
    }

    private static double range(List<PathPoint> points) {
        if (points.size() < 3) {
            return 0;
        }
        PathPoint first = points.get(0);
        PathPoint last = points.get(points.size() - 1);
        double slope = (last.logMeanSquare() - first.logMeanSquare()) / (last.depth() - first.depth());
        double low = 0;
        double high = 0;
        for (PathPoint point : points) {
            double off = point.logMeanSquare() - first.logMeanSquare() - slope * (point.depth() - first.depth());
            low = Math.min(low, off);
            high = Math.max(high, off);
        }
        return high - low;
    }
}
