package org.lsuv.tf.onnximport.ops;

import java.util.Arrays;
import org.lsuv.tf.onnximport.NodeContext;

/** Turns axes as ONNX writes them, which count from the back if negative, into positions. */
public final class Axes {
    private Axes() {}

    /** Returns the attribute {@code axis} as a position in an input. */
    public static int attribute(NodeContext node, int input, long defaultAxis) {
        long axis = node.attributes().intOr("axis", defaultAxis);
        int rank = node.rank(input);
        if (axis < -rank || axis >= rank) {
            throw node.malformedAttribute("axis", axis + " is outside of an input of rank " + rank);
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    /** Returns the position of one axis of a value of this rank. */
    public static int position(NodeContext node, long axis, int rank) {
        if (axis < -rank || axis >= rank) {
            throw node.malformed("axis " + axis + " is outside [" + -rank + ", " + (rank - 1) + "] for rank " + rank);
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    /** Returns the positions of several axes, in the order given. */
    public static int[] positions(NodeContext node, long[] axes, int rank) {
        int[] positions =
                Arrays.stream(axes).mapToInt(axis -> position(node, axis, rank)).toArray();
        if (Arrays.stream(positions).distinct().count() != positions.length) {
            throw node.malformed("axes " + Arrays.toString(axes) + " name one axis twice");
        }
        return positions;
    }

    /** Returns the positions of all axes. */
    static int[] all(int rank) {
        int[] positions = new int[rank];
        Arrays.setAll(positions, i -> i);
        return positions;
    }

    /** Returns the permutation that swaps an axis with the last one; it is its own inverse. */
    static int[] swapWithLast(int axis, int rank) {
        int[] permutation = all(rank);
        permutation[axis] = rank - 1;
        permutation[rank - 1] = axis;
        return permutation;
    }
}
