package org.lsuv.onnx.layers;

import java.util.List;
import org.lsuv.onnx.OnnxType;

/**
 * Tells how the operand of an operator is made from a stored tensor by steps that only rearrange its
 * elements, so that new operand values can be turned into values to store.
 *
 * @param source the name of the stored tensor
 * @param operand the name of the operand that the operator reads
 * @param type the type in which the tensor is stored
 * @param storedShape the shape in which the tensor is stored
 * @param operandShape the shape of the operand
 * @param steps the steps from the stored tensor to the operand, in order
 */
public record WeightPath(
        String source,
        String operand,
        OnnxType type,
        List<Long> storedShape,
        List<Long> operandShape,
        List<Step> steps) {

    /** A rearrangement of elements. */
    public sealed interface Step {}

    /**
     * Moves axes: axis {@code i} of the result is axis {@code axes[i]} of the argument.
     *
     * @param axes the permutation
     */
    public record Permute(List<Integer> axes) implements Step {
        public Permute {
            axes = List.copyOf(axes);
        }
    }

    /**
     * Views the same elements under another shape.
     *
     * @param from the shape before
     * @param to the shape after
     */
    public record View(List<Long> from, List<Long> to) implements Step {
        public View {
            from = List.copyOf(from);
            to = List.copyOf(to);
        }
    }

    public WeightPath {
        storedShape = List.copyOf(storedShape);
        operandShape = List.copyOf(operandShape);
        steps = List.copyOf(steps);
    }

    /** Returns the number of elements. */
    public long elementCount() {
        return storedShape.stream().reduce(1L, Math::multiplyExact);
    }
}
