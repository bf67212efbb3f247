/**
 * Measures what Hanin and Rolnick ("How to Start Training", NeurIPS 2018) derive, on networks drawn for that: the
 * expectations of M, the mean squared activation of a layer, and of its powers, along fully connected and residual
 * networks with ReLU.
 *
 * <pre>{@code
 * List<TheoryRow> rows = new Theory(100, 1, TfOptions.defaults()).rows();
 * List<TheoryCurve> curves = new TheoryFigures(100, 1, TfOptions.defaults()).lengths();
 * }</pre>
 *
 * <p>{@link org.lsuv.tf.theory.Theory} sets closed forms beside intervals, {@link org.lsuv.tf.theory.TheoryFigures} beside
 * curves. All networks of a row are drawn and run at once inside one graph ({@link
 * org.lsuv.tf.theory.TheoryNetwork}), and M, whose tail is heavy, is estimated layer by layer ({@link
 * org.lsuv.tf.theory.Moment}).
 *
 * <p>This package refuses to know a network of anybody's: what one does, {@code org.lsuv.tf.diagnose} tells.
 */
@NullMarked
package org.lsuv.tf.theory;

import org.jspecify.annotations.NullMarked;
