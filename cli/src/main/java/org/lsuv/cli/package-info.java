/**
 * The command {@code lsuv-init}: {@link org.lsuv.cli.Main#run} takes arguments and two streams and
 * returns an exit code.
 *
 * <pre>{@code
 * int code = Main.run(new String[] {"model.onnx", "--data", "batch.npy"}, out, err);
 * }</pre>
 *
 * <p>One class a command; options that several commands share are mixins ({@code DataOptions}, {@code
 * TargetOptions}…). A command checks its options, asks {@code org.lsuv.onnx} and {@code org.lsuv.tf} to
 * do the work, and renders what they answer, as a table or as the JSON that {@code report.schema.json}
 * describes. What an exception means to a user is known by {@code Failure} alone, and what exit codes
 * mean by {@code ExitCode}.
 *
 * <p>This package decides nothing about networks: whoever wants LSUV in a program calls the packages
 * below it.
 */
@NullMarked
package org.lsuv.cli;

import org.jspecify.annotations.NullMarked;
