package org.lsuv.tf.diagnose;

import java.util.List;
import java.util.Optional;

/**
 * Describes the greatest change of M from one point of a way to the next.
 *
 * @param name the point behind it
 * @param log the change of ln M
 * @param rest the greatest |ln M − ln M at the first point| of the way without it
 */
record Jump(String name, double log, double rest) {

    /** Finds the greatest change; empty where fewer than two points have an M. */
    static Optional<Jump> of(List<PathPoint> points) {
        int at = 0;
        for (int i = 1; i < points.size() && Double.isFinite(step(points, i)); i++) {
            if (at == 0 || Math.abs(step(points, i)) > Math.abs(step(points, at))) {
                at = i;
            }
        }
        if (at == 0) {
            return Optional.empty();
        }
        double log = 0;
        double rest = 0;
        for (int i = 1; i < points.size() && Double.isFinite(step(points, i)); i++) {
            log += i == at ? 0 : step(points, i);
            rest = Math.max(rest, Math.abs(log));
        }
        return Optional.of(new Jump(points.get(at).name(), step(points, at), rest));
    }

    private static double step(List<PathPoint> points, int i) {
        return points.get(i).logMeanSquare() - points.get(i - 1).logMeanSquare();
    }
}
