package org.lsuv.cli.report;

import org.lsuv.tf.diagnose.DiagnosisReport;

/**
 * Holds a diagnosis under the name by which a report calls it.
 *
 * @param label such as {@code before}, {@code after LSUV} or {@code he-normal}
 * @param report what was found
 */
public record LabelledRun(String label, DiagnosisReport report) {}
