/**
 * Networks as TensorFlow graphs: a {@link org.lsuv.tf.TfModel} is a graph whose inputs, outputs, weights
 * and weighted layers are known by the names that they had in the source. Importers make one, passes
 * (initialise, diagnose, compare) look at it and give results by source name.
 *
 * <p>A model is a value: the graph is a {@code GraphDef} without weights, which are fed when it runs.
 * That keeps it below Protobuf's 2 GB, keeps TensorFlow from folding weights away, and lets a pass
 * rewrite the graph ({@link org.lsuv.tf.GraphRewrite}) without touching its source.
 *
 * <pre>{@code
 * TfModel model = OnnxImporter.load(OnnxReader.read(path), ImportOptions.defaults());
 * try (TfRun run = TfRun.open(model.graph(), TfOptions.defaults())) {
 *     List<OnnxTensor> results = run.fetch(List.of(model.layers().get(0).blob()));
 * }
 * }</pre>
 *
 * <p>This package refuses to know where a model came from.
 */
@NullMarked
package org.lsuv.tf;

import org.jspecify.annotations.NullMarked;
