package org.lsuv.tf.theory;

import java.util.List;

/**
 * Holds what the theory and drawn networks say of one kind of network.
 *
 * @param label which kind
 * @param points from left to right
 */
public record TheoryCurve(String label, List<TheoryPoint> points) {
    public TheoryCurve {
        points = List.copyOf(points);
    }
}
