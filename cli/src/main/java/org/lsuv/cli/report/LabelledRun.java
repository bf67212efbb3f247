package org.lsuv.cli.report;

import java.util.List;
import org.lsuv.tf.diagnose.DiagnosisReport;

/**
 * Holds a diagnosis under the name by which a report calls it.
 *
 * @param label such as {@code before}, {@code after LSUV} or {@code he-normal}
 * @param report what was found
 * @param joins what ONNX Runtime measured of the report's sums of streams and branches, one each; empty where it
 *     measured nothing
 */
public record LabelledRun(String label, DiagnosisReport report, List<JoinVariances> joins) {
    public LabelledRun {
        joins = List.copyOf(joins);
        if (!joins.isEmpty() && joins.size() != report.residuals().blocks().size()) {
            throw new IllegalArgumentException(joins.size() + " joins measured of "
                    + report.residuals().blocks().size());
        }
    }

    /** Names a diagnosis that was made in TensorFlow alone. */
    public LabelledRun(String label, DiagnosisReport report) {
        this(label, report, List.of());
    }
}
