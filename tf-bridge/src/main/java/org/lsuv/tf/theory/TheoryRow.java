package org.lsuv.tf.theory;

/**
 * Compares one closed form with what was measured on drawn networks.
 *
 * @param quantity what it is about
 * @param setting on which networks
 * @param formula the closed form in words
 * @param closed its value
 * @param measured the measured value
 * @param low the lower end of its interval at 99 %
 * @param high the upper end
 */
public record TheoryRow(
        String quantity, String setting, String formula, double closed, double measured, double low, double high) {

    /** Tells whether the closed form lies in the interval. */
    public boolean agrees() {
        return low <= closed && closed <= high;
    }
}
