/**
 * The converters of what treats a signal as an image: resizing, sampling at computed places, convolutions that do, boxes
 * and files of images.
 *
 * <p>{@link org.lsuv.tf.onnximport.ops.image.ResizeOps}, {@link org.lsuv.tf.onnximport.ops.image.SamplingOps} and {@link
 * org.lsuv.tf.onnximport.ops.image.DetectionOps} are the families. How positions of a result become positions of the source
 * is written down once for resizing ({@link org.lsuv.tf.onnximport.ops.image.Resampling}) and once for places that the
 * graph computes ({@link org.lsuv.tf.onnximport.ops.image.PixelSampler}).
 */
@NullMarked
package org.lsuv.tf.onnximport.ops.image;

import org.jspecify.annotations.NullMarked;
