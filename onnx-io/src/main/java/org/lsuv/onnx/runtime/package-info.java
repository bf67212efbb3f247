/**
 * The independent check: ONNX Runtime runs the model that was read, written or initialised here, and
 * {@link org.lsuv.onnx.runtime.OrtProbe} says what it finds in any value of the graph.
 *
 * <pre>{@code
 * try (OrtProbe probe = OrtProbe.open(model, OrtOptions.DEFAULT)) {
 *     ValueStatistics blob = probe.measure(Map.of("x", batch), List.of("conv1.out")).get("conv1.out");
 * }
 * }</pre>
 *
 * <p>Activations never travel to Java: {@link org.lsuv.onnx.ModelExtension} appends reductions to a
 * copy of the graph and only seven numbers a value come back. That class is the narrow door to the
 * Protobuf messages, which stay inside {@code org.lsuv.onnx}; which nodes a measurement needs, and
 * what training forms mean, is known here alone. What a node computes and does not give out, such as the
 * gates of an LSTM, {@link org.lsuv.onnx.runtime.BlobNodes} computes again with plain operators. Nothing here trusts what TensorFlow computed.
 */
@NullMarked
package org.lsuv.onnx.runtime;

import org.jspecify.annotations.NullMarked;
