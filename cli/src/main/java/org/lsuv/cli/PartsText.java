package org.lsuv.cli;

import java.util.List;

/** Writes a number of a layer, or the range of those of its parts. */
final class PartsText {
    private PartsText() {}

    static String variance(double whole, List<Double> parts) {
        if (parts.isEmpty()) {
            return Numbers.text(whole);
        }
        String least = Numbers.text(
                parts.stream().mapToDouble(Double::doubleValue).min().orElse(Double.NaN));
        String greatest = Numbers.text(
                parts.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN));
        return least.equals(greatest) ? least : least + "–" + greatest;
    }
}
