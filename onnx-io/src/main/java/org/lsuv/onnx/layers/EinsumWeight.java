package org.lsuv.onnx.layers;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.lsuv.onnx.OnnxNode;

/**
 * Describes one operand of an {@code Einsum} as a weight: labels that the result lacks are fan-in, labels
 * that the result has from this operand alone are outputs, and those that another operand has, too, count
 * independent matrices.
 *
 * @param kernel which axes are what
 * @param bias what may be added as a bias; empty where nothing may
 * @param channelAxis the axis of the result along which output channels lie, from −1 for the last; empty where
 *     it is not one
 */
public record EinsumWeight(KernelLayout kernel, Optional<BiasShape> bias, OptionalInt channelAxis) {
    private static final String ELLIPSIS = "...";

    /** Returns the operand at a position as a weight; empty if it sums over none of its axes. */
    static Optional<EinsumWeight> of(OnnxNode node, int position, List<Long> shape) {
        return of(node.attributes().requireString("equation"), node.inputs().size(), position, shape);
    }

    /**
     * Returns one operand of an equation as a weight; empty if it sums over none of its axes.
     *
     * @param spaced the equation
     * @param operands the number of operands
     * @param position which of them is the weight
     * @param shape the shape of the weight
     */
    public static Optional<EinsumWeight> of(String spaced, int operands, int position, List<Long> shape) {
        String equation = spaced.replace(" ", "");
        String[] sides = equation.split("->", -1);
        String[] terms = sides[0].split(",", -1);
        // Without an arrow, the result has the labels that occur once, in alphabetical order.
        if (sides.length > 2 || terms.length != operands) {
            return Optional.empty();
        }
        String result = sides.length == 2 ? sides[1] : implicitResult(sides[0]);
        String term = terms[position];
        List<Integer> leading = new ArrayList<>();
        if (term.contains(ELLIPSIS)) {
            if (!result.contains(ELLIPSIS)) {
                return Optional.empty();
            }
            for (int axis = 0; axis < shape.size() - (term.length() - ELLIPSIS.length()); axis++) {
                leading.add(term.indexOf(ELLIPSIS) + axis);
            }
            term = term.replace(ELLIPSIS, "\0".repeat(leading.size()));
        }
        if (term.length() != shape.size()) {
            return Optional.empty();
        }
        StringBuilder others = new StringBuilder();
        for (int i = 0; i < terms.length; i++) {
            others.append(i == position ? "" : terms[i]);
        }
        return of(term, others.toString(), result, leading, shape);
    }

    private static Optional<EinsumWeight> of(
            String term, String others, String result, List<Integer> leading, List<Long> shape) {
        List<Integer> blocks = new ArrayList<>(leading);
        List<Integer> in = new ArrayList<>();
        List<Integer> out = new ArrayList<>();
        Map<Integer, Long> made = new HashMap<>();
        int last = Integer.MAX_VALUE;
        for (int axis = 0; axis < term.length(); axis++) {
            char label = term.charAt(axis);
            if (label == '\0') {
                continue;
            }
            if (term.indexOf(label, axis + 1) >= 0) {
                // The diagonal of a tensor: the rest of its elements takes no part.
                return Optional.empty();
            }
            int place = result.indexOf(label);
            if (place < 0) {
                in.add(axis);
                continue;
            }
            (others.indexOf(label) >= 0 ? blocks : out).add(axis);
            int fromEnd = result.length() - place;
            if (result.indexOf(ELLIPSIS, place) < 0) {
                made.put(fromEnd, shape.get(axis));
                last = Math.min(last, fromEnd);
            }
        }
        if (in.isEmpty()) {
            return Optional.empty();
        }
        KernelLayout kernel = new KernelLayout(shape, blocks, in, out, out);
        Optional<BiasShape> bias = made.isEmpty() ? Optional.empty() : Optional.of(new BiasShape(made, last));
        return Optional.of(new EinsumWeight(kernel, bias, channelAxis(term, out, result)));
    }

    /** Channels that several labels count lie along no single axis, and behind an ellipsis none is counted from it. */
    private static OptionalInt channelAxis(String term, List<Integer> out, String result) {
        if (out.size() != 1) {
            return OptionalInt.empty();
        }
        int place = result.indexOf(term.charAt(out.get(0)));
        return result.indexOf(ELLIPSIS, place) < 0 ? OptionalInt.of(place - result.length()) : OptionalInt.empty();
    }

    private static String implicitResult(String terms) {
        StringBuilder result = new StringBuilder(terms.contains(ELLIPSIS) ? ELLIPSIS : "");
        terms.chars()
                .filter(Character::isLetter)
                .filter(label -> terms.indexOf(label) == terms.lastIndexOf(label))
                .sorted()
                .forEach(label -> result.append((char) label));
        return result.toString();
    }
}
