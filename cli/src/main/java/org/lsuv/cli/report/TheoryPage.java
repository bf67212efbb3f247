package org.lsuv.cli.report;

import java.util.List;
import org.lsuv.tf.theory.TheoryCurve;
import org.lsuv.tf.theory.TheoryRow;

/**
 * Holds everything that a page on the theory shows.
 *
 * @param command the command line that makes it again
 * @param rows closed forms against what was measured
 * @param lengths M over depth, a curve for each law of weights
 * @param variances the variance of M over layers against β, a curve for each width
 * @param residuals M at the end of residual networks, a curve for each rule of η
 * @param options how it was run
 * @param versions of what made it
 * @param timings how long it took
 */
public record TheoryPage(
        String command,
        List<TheoryRow> rows,
        List<TheoryCurve> lengths,
        List<TheoryCurve> variances,
        List<TheoryCurve> residuals,
        List<Fact> options,
        List<Fact> versions,
        List<Fact> timings) {
    public TheoryPage {
        rows = List.copyOf(rows);
        lengths = List.copyOf(lengths);
        variances = List.copyOf(variances);
        residuals = List.copyOf(residuals);
        options = List.copyOf(options);
        versions = List.copyOf(versions);
        timings = List.copyOf(timings);
    }

    long disagreeing() {
        return rows.stream().filter(row -> !row.agrees()).count();
    }
}
