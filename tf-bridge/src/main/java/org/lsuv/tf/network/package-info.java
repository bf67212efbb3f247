/**
 * Networks from file to file, whatever the format.
 *
 * <pre>{@code
 * Network network = Network.read(Path.of("model.onnx")); // or the folder of a SavedModel
 * Network.Initialised done = network.initialize(DataBatch.of(network.inputs(), Map.of("x", batch)));
 * done.write(Path.of("model.lsuv.onnx"));
 * }</pre>
 *
 * <p>Formats differ in how a graph is built for a batch and in where new weights go; passes over the graph in between
 * know nothing of either. This package refuses to know what a pass does.
 */
@NullMarked
package org.lsuv.tf.network;

import org.jspecify.annotations.NullMarked;
