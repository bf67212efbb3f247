/**
 * Compares a graph with the ONNX model that it came from or became, value by value: {@link
 * org.lsuv.tf.compare.GraphCheck} runs the graph in TensorFlow and the model in ONNX Runtime on the same inputs and
 * names the first node that differs.
 *
 * <pre>{@code
 * CheckReport report = GraphCheck.run(model, inputs, TfOptions.defaults());
 * report.first().ifPresent(difference -> System.out.println(difference));
 * }</pre>
 */
@NullMarked
package org.lsuv.tf.compare;

import org.jspecify.annotations.NullMarked;
