package org.lsuv.onnx.layers;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Tells how the operand of a weighted operator is one or several matrices (fan-in × output channels).
 * The operand is first viewed under {@code view}, whose axes fall into three groups.
 *
 * @param view a shape of as many elements as the operand has
 * @param blockAxes the axes that count independent matrices: groups of a convolution, a batch
 * @param inAxes the axes whose product is the fan-in of one output value
 * @param outAxes the axes whose product is the number of outputs of one matrix
 * @param channelAxes the axes over which, in this order, the output channels of the whole operator count
 */
public record KernelLayout(
        List<Long> view,
        List<Integer> blockAxes,
        List<Integer> inAxes,
        List<Integer> outAxes,
        List<Integer> channelAxes) {

    public KernelLayout {
        view = List.copyOf(view);
        blockAxes = List.copyOf(blockAxes);
        inAxes = List.copyOf(inAxes);
        outAxes = List.copyOf(outAxes);
        channelAxes = List.copyOf(channelAxes);
        if (blockAxes.size() + inAxes.size() + outAxes.size() != view.size()) {
            throw new IllegalArgumentException("view " + view + " has axes in no group");
        }
    }

    /** Returns the number of independent matrices. */
    public long blocks() {
        return product(blockAxes);
    }

    /** Returns the number of weights that one output value sums over. */
    public long fanIn() {
        return product(inAxes);
    }

    /** Returns the number of outputs of one matrix, times the kernel's positions for a transposed one. */
    public long fanOut() {
        return product(outAxes);
    }

    /** Returns the number of output channels of the whole operator. */
    public long channels() {
        return product(channelAxes);
    }

    /**
     * Returns the layout of as many matrices side by side: the output channels are split into so many equal
     * blocks, each of them independent. Empty where channels are not one axis that splits evenly.
     */
    public Optional<KernelLayout> split(int blocks) {
        if (channelAxes.size() != 1 || !outAxes.equals(channelAxes) || channels() % blocks != 0) {
            return Optional.empty();
        }
        int axis = channelAxes.get(0);
        List<Long> split = new ArrayList<>(view);
        split.set(axis, channels() / blocks);
        split.add(axis, (long) blocks);
        List<Integer> counting = new ArrayList<>(shifted(blockAxes, axis));
        counting.add(axis);
        return Optional.of(
                new KernelLayout(split, counting, shifted(inAxes, axis), List.of(axis + 1), List.of(axis, axis + 1)));
    }

    private static List<Integer> shifted(List<Integer> axes, int from) {
        return axes.stream().map(axis -> axis < from ? axis : axis + 1).toList();
    }

    private long product(List<Integer> axes) {
        return axes.stream().mapToLong(view::get).reduce(1, Math::multiplyExact);
    }

    /** Describes the kernel of a convolution: (out, in/groups, k…), output channels by group. */
    static KernelLayout convolution(List<Long> shape, long groups) {
        List<Long> view = new ArrayList<>(shape);
        view.set(0, shape.get(0) / groups);
        view.add(0, groups);
        return new KernelLayout(view, List.of(0), axes(2, view.size()), List.of(1), List.of(0, 1));
    }

    /**
     * Describes the kernel of a transposed convolution: (in, out/groups, k…). It is the adjoint of a
     * convolution with the same kernel, so that its columns run over output channels and positions.
     */
    static KernelLayout transposedConvolution(List<Long> shape, long groups) {
        List<Long> view = new ArrayList<>(shape);
        view.set(0, shape.get(0) / groups);
        view.add(0, groups);
        return new KernelLayout(view, List.of(0), List.of(1), axes(2, view.size()), List.of(0, 2));
    }

    /** Describes matrices (…, in, out), or (…, out, in), any leading axes counting matrices. */
    public static KernelLayout matrix(List<Long> shape, boolean outFirst) {
        int rank = shape.size();
        int in = outFirst ? rank - 1 : rank - 2;
        int out = outFirst ? rank - 2 : rank - 1;
        return new KernelLayout(shape, axes(0, rank - 2), List.of(in), List.of(out), List.of(out));
    }

    /** Describes a vector, by which a product has one output. */
    public static KernelLayout vector(List<Long> shape) {
        return new KernelLayout(shape, List.of(), List.of(0), List.of(), List.of());
    }

    private static List<Integer> axes(int from, int to) {
        return java.util.stream.IntStream.range(from, to).boxed().toList();
    }
}
