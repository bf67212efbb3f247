package org.lsuv.tf.onnxexport;

import java.util.Optional;
import org.lsuv.tf.TensorRef;

/**
 * Describes some columns of a weight that is passed to a loop.
 *
 * @param weight the matrix or vector, outside of the loop
 * @param row which row of a matrix a vector is; empty for a matrix, and for what is a vector as a whole
 * @param from the first column
 * @param to the column behind the last one
 * @param transposed whether the columns are rows of the weight
 */
record WeightPart(TensorRef weight, Optional<Integer> row, long from, long to, boolean transposed) {

    /** Returns the part that is all of a weight. */
    static WeightPart all(TensorRef weight, long columns) {
        return new WeightPart(weight, Optional.empty(), 0, columns, false);
    }

    long width() {
        return to - from;
    }

    /** Returns some columns of this part, counted from its first one. */
    WeightPart columns(long first, long behind) {
        return new WeightPart(weight, row, from + first, from + behind, transposed);
    }

    /** Returns one row of a matrix. */
    WeightPart row(int index) {
        return new WeightPart(weight, Optional.of(index), from, to, transposed);
    }

    /** Tells whether another part is of the same matrix, or the same row of it. */
    boolean isOf(WeightPart other) {
        return weight.equals(other.weight) && row.equals(other.row);
    }
}
