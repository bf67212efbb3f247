package org.lsuv.tf.diagnose;

import java.util.OptionalInt;

/**
 * Says what was found at one non-linearity.
 *
 * @param name the name of what it gives
 * @param law what the function does to a normal signal
 * @param depth the number of layers on the longest way up to it
 * @param layer the number of the layer whose output it bends; empty where it bends a sum of several, for example
 * @param signal what was measured of what it gives
 */
public record ActivationDiagnosis(
        String name, ActivationLaw law, int depth, OptionalInt layer, SignalStatistics signal) {}
