/**
 * Initialises the weighted layers of a {@link org.lsuv.tf.TfModel} so that each has the same variance at
 * its output: LSUV (Mishkin and Matas, "All you need is a good init", ICLR 2016, Algorithm 1).
 *
 * <pre>{@code
 * LsuvReport report = Lsuv.initialize(model, List.of(batch.tensors()), LsuvOptions.defaults(), Progress.NONE);
 * OnnxModel initialised = onnx.withWeights(report.weights());
 * }</pre>
 *
 * <p>What a layer starts with, {@code org.lsuv.tf.draw} draws; {@link org.lsuv.tf.init.Start} sets it, and what else is
 * set before anything is measured. {@link org.lsuv.tf.init.Passes} sends the batch through graphs.
 *
 * <p>Where others hook one layer at a time and run the network twice for each, {@link
 * org.lsuv.tf.init.ScalingGraph} puts a measuring and scaling node behind every layer and runs once:
 * rescaling a linear layer is exact, and what follows sees the scaled values at once. {@link
 * org.lsuv.tf.init.MeasuringGraph} then measures, in a plain run with the weights as they will be stored,
 * what was really reached; only layers that missed the target go through again.
 *
 * <p>A layer is one or several parts ({@link org.lsuv.tf.init.Partition}): blocks of channels that are packed
 * into one product, or single channels. Each part has its own target, scale and history ({@link
 * org.lsuv.tf.init.PartState}); a layer without parts is the case of one, and takes a cheaper road through the
 * same equations. Where what is measured does not follow the scale in proportion (tied weights, a batch in
 * pieces, a non-linearity in between), {@link org.lsuv.tf.init.TargetSearch} finds what to aim at. Weights that are
 * used again on what they gave before ({@link org.lsuv.tf.init.Feedback}) change what each of them reaches, and search
 * together ({@link org.lsuv.tf.init.JointSearch}).
 */
@NullMarked
package org.lsuv.tf.init;

import org.jspecify.annotations.NullMarked;
