/**
 * The converters, one class a family of operators, each with its table ({@code addTo}). {@link
 * org.lsuv.tf.onnximport.ops.StandardOps} lists the families.
 */
@NullMarked
package org.lsuv.tf.onnximport.ops;

import org.jspecify.annotations.NullMarked;
