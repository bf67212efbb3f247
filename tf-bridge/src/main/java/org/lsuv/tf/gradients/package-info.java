/**
 * Makes gradients safe to ask for: TensorFlow's C interface, the only way to them from Java, knows fewer gradients than
 * Python does, crashes on some graphs and is silently wrong on others.
 *
 * <pre>{@code
 * GraphDef plain = DifferentiableGraph.of(model.graph());
 * try (GraphRewrite rewrite = new GraphRewrite(plain)) {
 *     List<String> obstacles = new GradientPath(plain, rewrite, weights).obstacles(outputs); // empty: it may be asked
 * }
 * }</pre>
 *
 * <p>{@link org.lsuv.tf.gradients.DifferentiableGraph} rewrites the forms that can be spelled otherwise, and {@link
 * org.lsuv.tf.gradients.GradientPath} compares what is left with the list in {@link
 * org.lsuv.tf.gradients.RegisteredGradients}, whose test asks for the gradient of each entry.
 *
 * <p>This package refuses to know of what the gradient is wanted, and what becomes of it.
 */
@NullMarked
package org.lsuv.tf.gradients;

import org.jspecify.annotations.NullMarked;
