package org.lsuv.tf.onnximport.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TNumber;

/**
 * Converts {@code Einsum}. TensorFlow's kernel wants an explicit result and takes two operands at
 * most: the implicit result is written out, and more operands are contracted from the left.
 */
final class EinsumConverter {
    private static final String ELLIPSIS = "...";

    private EinsumConverter() {}

    static Operand<?> einsum(NodeContext node) {
        String equation = node.attributes().requireString("equation").replace(" ", "");
        String[] sides = equation.split("->", -1);
        if (sides.length > 2) {
            throw node.malformedAttribute("equation", "expected at most one arrow, got " + equation);
        }
        List<String> terms = List.of(sides[0].split(",", -1));
        if (terms.size() != node.inputCount()) {
            throw node.malformedAttribute(
                    "equation", equation + " has " + terms.size() + " terms for " + node.inputCount() + " inputs");
        }
        for (String side : sides) {
            checkLabels(node, equation, side);
        }
        String result = sides.length == 2 ? sides[1] : implicitResult(sides[0]);
        return contract(node, terms, result);
    }

    private static void checkLabels(NodeContext node, String equation, String side) {
        for (String term : side.split(",", -1)) {
            String labels = term.replaceFirst("\\.\\.\\.", "");
            if (!labels.chars().allMatch(label -> label < 128 && Character.isLetter(label))) {
                throw node.malformedAttribute(
                        "equation", "expected letters and one ellipsis a term, got " + term + " in " + equation);
            }
        }
    }

    /** Returns the labels that occur once, in alphabetical order, behind an ellipsis if there is one. */
    private static String implicitResult(String terms) {
        TreeMap<Character, Integer> counts = new TreeMap<>();
        terms.chars().filter(Character::isLetter).forEach(label -> counts.merge((char) label, 1, Integer::sum));
        StringBuilder result = new StringBuilder(terms.contains(ELLIPSIS) ? ELLIPSIS : "");
        counts.forEach((label, count) -> {
            if (count == 1) {
                result.append(label);
            }
        });
        return result.toString();
    }

    private static Operand<?> contract(NodeContext node, List<String> terms, String result) {
        Ops tf = node.tf();
        Operand<TNumber> value = node.input(0);
        String term = terms.get(0);
        if (terms.size() == 1) {
            return tf.linalg.einsum(List.of(value), term + "->" + result);
        }
        for (int i = 1; i < terms.size(); i++) {
            List<String> later = new ArrayList<>(terms.subList(i + 1, terms.size()));
            later.add(result);
            String kept = later.size() == 1 ? result : needed(term + terms.get(i), later);
            value = tf.linalg.einsum(Arrays.asList(value, node.input(i)), term + "," + terms.get(i) + "->" + kept);
            term = kept;
        }
        return value;
    }

    /** Returns the labels of the operands so far that later terms or the result ask for. */
    private static String needed(String labels, List<String> later) {
        String rest = String.join("", later);
        StringBuilder kept = new StringBuilder(labels.contains(ELLIPSIS) ? ELLIPSIS : "");
        labels.chars()
                .filter(Character::isLetter)
                .distinct()
                .filter(label -> rest.indexOf(label) >= 0)
                .forEach(label -> kept.append((char) label));
        return kept.toString();
    }
}
