package org.lsuv.tf.compare;

/**
 * Says how far one value differs between TensorFlow and ONNX Runtime.
 *
 * @param value the name of the value in the source
 * @param maker what computes it in the source
 * @param error the largest difference of an element, as a share of the largest magnitude in the value, or
 *     of a hundredth of that in the inputs of its node where the operator may cancel values;
 *     infinite where types, shapes or
 *     non-finite elements differ
 * @param agrees whether the error is within the tolerance
 * @param detail what differs, in words; empty where the value agrees
 */
public record ValueDifference(String value, ValueMaker maker, double error, boolean agrees, String detail) {}
