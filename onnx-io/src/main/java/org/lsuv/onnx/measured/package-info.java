/**
 * The form of a model in which its layers are found, scaled and measured, and the way back from it. {@link
 * org.lsuv.onnx.measured.UnrolledBodies} puts the bodies of If, Loop and Scan that hold weights where the data runs
 * through them, once for each iteration, so that a weight inside one becomes that of several tied layers; {@link
 * org.lsuv.onnx.gathered.GatheredWeights} stores weights as operators read them.
 *
 * <pre>{@code
 * MeasuredModel measured = MeasuredModel.of(model, pieces, OrtOptions.DEFAULT);
 * OnnxModel plain = measured.model();                         // no body holds a weight any more
 * OnnxModel changed = measured.withWeights(newWeights);        // the same file, each value where it is stored
 * }</pre>
 *
 * <p>Which branch is taken and how often a loop runs, ONNX Runtime says, on the batch that will be used.
 */
@NullMarked
package org.lsuv.onnx.measured;

import org.jspecify.annotations.NullMarked;
