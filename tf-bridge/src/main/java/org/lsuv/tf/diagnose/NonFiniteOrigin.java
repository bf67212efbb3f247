package org.lsuv.tf.diagnose;

/**
 * Names an operation that gives NaN or infinite values, and reads none.
 *
 * @param name the name of its value in the source, or that of the operation where it has none
 * @param op the operation in TensorFlow; {@code weight} where a stored weight holds such values
 * @param values how many of its values are NaN or infinite
 * @param depth the number of layers on the longest way up to it; −1 where it does not lie on the signal's way
 */
public record NonFiniteOrigin(String name, String op, long values, int depth) {}
