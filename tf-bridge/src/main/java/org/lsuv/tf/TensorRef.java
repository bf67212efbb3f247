package org.lsuv.tf;

import org.tensorflow.Operand;
import org.tensorflow.Output;

/**
 * Names one output of an operation in a TensorFlow graph.
 *
 * @param op the name of the operation
 * @param index which of its outputs
 */
public record TensorRef(String op, int index) {

    /** Returns the name of an operand. */
    public static TensorRef of(Operand<?> operand) {
        Output<?> output = operand.asOutput();
        return new TensorRef(output.op().name(), output.index());
    }

    /** Returns the tensor that an input of a {@code NodeDef} names: {@code op} or {@code op:1}. */
    public static TensorRef parse(String input) {
        int colon = input.lastIndexOf(':');
        return colon < 0
                ? new TensorRef(input, 0)
                : new TensorRef(input.substring(0, colon), Integer.parseInt(input.substring(colon + 1)));
    }

    /** Returns the operation that an input of a {@code NodeDef} names, which is read, or as {@code ^op} waited for. */
    public static String maker(String input) {
        return input.startsWith("^") ? input.substring(1) : parse(input).op();
    }

    @Override
    public String toString() {
        return op + ":" + index;
    }
}
