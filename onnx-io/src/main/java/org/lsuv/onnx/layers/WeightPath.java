package org.lsuv.onnx.layers;

import java.util.List;
import java.util.Optional;
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
 * @param steps the steps from the stored tensor to the operand, in order; what is multiplied by a constant on
 *     the way has no step for that
 * @param gain what scales the operand in its place, where the operand does not grow with the tensor
 */
public record WeightPath(
        String source,
        String operand,
        OnnxType type,
        List<Long> storedShape,
        List<Long> operandShape,
        List<Step> steps,
        Optional<Gain> gain) {

    /**
     * Describes the gain of weight normalisation (Salimans and Kingma 2016): w = g·v/‖v‖, where v is the tensor.
     *
     * @param source the name of the stored g
     * @param storedShape the shape in which it is stored: that of the tensor with the axes of ‖v‖ of size 1, or
     *     none where one number scales all
     */
    public record Gain(String source, List<Long> storedShape) {
        public Gain {
            storedShape = List.copyOf(storedShape);
        }
    }

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

    /** Creates a path on which the operand grows with the tensor. */
    public WeightPath(
            String source,
            String operand,
            OnnxType type,
            List<Long> storedShape,
            List<Long> operandShape,
            List<Step> steps) {
        this(source, operand, type, storedShape, operandShape, steps, Optional.empty());
    }

    public WeightPath {
        storedShape = List.copyOf(storedShape);
        operandShape = List.copyOf(operandShape);
        steps = List.copyOf(steps);
    }

    /** Returns the name of the stored tensor whose multiple multiplies the operand. */
    public String scaled() {
        return gain.map(Gain::source).orElse(source);
    }

    /** Returns the number of elements. */
    public long elementCount() {
        return storedShape.stream().reduce(1L, Math::multiplyExact);
    }
}
