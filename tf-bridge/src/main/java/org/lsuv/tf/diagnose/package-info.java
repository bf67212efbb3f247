/**
 * Tells whether a network can start training: how its signal changes with depth, before any step is taken.
 *
 * <pre>{@code
 * DiagnosisReport report = Diagnosis.of(model, plan.pieces(), DiagnoseOptions.defaults(), Progress.NONE);
 * report.verdicts().forEach(verdict -> System.out.println(verdict.mode() + ": " + verdict.level()));
 * }</pre>
 *
 * <p>One run of the graph measures the output of every weighted layer, of every non-linearity and of every sum
 * of a stream and a branch ({@link org.lsuv.tf.diagnose.SignalStatistics}); all is reduced inside the graph. What is
 * measured is compared with what Hanin and Rolnick ("How to Start Training", NeurIPS 2018) predict from the
 * weights alone: the first failure mode, exponential growth or decay of the mean squared activation ({@link
 * org.lsuv.tf.diagnose.Growth}), and the second, its exponentially large wandering from layer to layer ({@link
 * org.lsuv.tf.diagnose.Wander}). What a non-linearity does to a signal is integrated from the function that the graph
 * computes ({@link org.lsuv.tf.diagnose.ActivationLaw}), so that no list of names has to be complete.
 *
 * <p>Depth is the number of weighted layers on the longest way from the input. The trunk is what every way from the
 * input to the output passes: all layers of a plain network, the stream of a residual one.
 *
 * <p>Sums of a stream and a branch are those of {@link org.lsuv.tf.residual.Residuals}, the same that initialisation
 * scales. Non-linearities are found here once more, though {@code org.lsuv.tf.layers} finds some: it answers which tensor
 * a layer's activation ends in, at once behind the layer and by its spelling, to tell where to measure. Here
 * ({@link org.lsuv.tf.diagnose.ActivationFinder}) every function of single numbers in the graph is wanted, behind
 * normalisations and sums as well, with all operations between its ends, since it is cut out and integrated.
 *
 * <p>Gradients come from TensorFlow, which is asked only for what it is known to answer: its C interface crashes on
 * some graphs, and is silently wrong on others. What can be asked is the business of {@code org.lsuv.tf.gradients}.
 *
 * <p>This package refuses to know where a model came from, and finds what it needs in the TensorFlow graph.
 */
@NullMarked
package org.lsuv.tf.diagnose;

import org.jspecify.annotations.NullMarked;
