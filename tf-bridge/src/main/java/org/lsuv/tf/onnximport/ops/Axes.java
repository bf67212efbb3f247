package org.lsuv.tf.onnximport.ops;

import org.lsuv.tf.onnximport.NodeContext;

/** Resolves axes that may count from the end. */
final class Axes {
    private Axes() {}

    /** Returns the attribute {@code axis} as a position from the front of an input. */
    static int attribute(NodeContext node, int input, long defaultAxis) {
        long axis = node.attributes().intOr("axis", defaultAxis);
        int rank = node.rank(input);
        if (axis < -rank || axis >= rank) {
            throw node.malformedAttribute("axis", axis + " is outside of an input of rank " + rank);
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }
}
