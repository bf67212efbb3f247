package org.lsuv.tf.diagnose;

import java.util.List;

/**
 * Holds what was measured along a way through the network.
 *
 * @param kind what the way is
 * @param points its points, in order
 */
public record SignalPath(Kind kind, List<PathPoint> points) {
    public SignalPath {
        points = List.copyOf(points);
    }

    /** Lists the ways that stand for a network. */
    public enum Kind {
        /** What every way from the input to the output passes. */
        TRUNK,
        /** The way with the most layers, where the trunk is too short to tell anything. */
        LONGEST
    }
}
