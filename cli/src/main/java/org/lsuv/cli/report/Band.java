package org.lsuv.cli.report;

import java.util.List;

/**
 * Holds a band of a chart: between what most of many values are.
 *
 * @param style the number of its colour, that of the line to which it belongs
 * @param stretches from left to right
 */
record Band(int style, List<Stretch> stretches) {
    /**
     * Holds where a band is at one place.
     *
     * @param x where
     * @param low its lower edge
     * @param middle what is drawn inside
     * @param high its upper edge
     */
    record Stretch(double x, double low, double middle, double high) {}

    Band {
        stretches = List.copyOf(stretches);
    }
}
