package org.lsuv.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.lsuv.cli.Table.Cell;
import org.lsuv.cli.Table.Kind;
import org.lsuv.tf.init.JoinResult;

/** Prints what was measured of residual joins: a row a join. */
final class JoinsText {
    private static final List<Part> PARTS = List.of(
            new Part("stream", JoinResult::stream, check -> check.found().stream()),
            new Part("branch", JoinResult::branch, check -> check.found().branch()),
            new Part("sum", JoinResult::sum, check -> check.found().sum()));

    /** Is one of the variances of a join: as TensorFlow measured it, and as ONNX Runtime did. */
    private record Part(
            String title, ToDoubleFunction<JoinResult> measured, Function<JoinCheck, OptionalDouble> confirmed) {}

    private JoinsText() {}

    /** Returns the variances that TensorFlow measured, each beside that of ONNX Runtime where that ran. */
    static Table table(Outcome outcome) {
        List<JoinResult> joins = outcome.report().joins();
        List<JoinCheck> checks = outcome.check().joins();
        Table table = new Table().column("#", Kind.NUMBER).column("join", Kind.NAME);
        for (Part part : PARTS) {
            table.column(part.title(), Kind.NUMBER);
            if (!checks.isEmpty()) {
                table.column("ONNX RT", Kind.NUMBER);
            }
        }
        table.column("share", Kind.NUMBER).column("", Kind.TEXT);
        for (int i = 0; i < joins.size(); i++) {
            JoinResult result = joins.get(i);
            List<Cell> cells = new ArrayList<>();
            cells.add(Cell.of(Integer.toString(result.join().index())));
            cells.add(Cell.of(result.join().name()));
            for (Part part : PARTS) {
                cells.add(Cell.of(Numbers.text(part.measured().applyAsDouble(result))));
                if (!checks.isEmpty()) {
                    cells.add(confirmed(part.confirmed().apply(checks.get(i))));
                }
            }
            cells.add(Cell.of(Numbers.text(result.reached())));
            cells.add(OutcomeText.status(result.status(), ""));
            table.row(cells);
        }
        return table;
    }

    /** Returns a variance that ONNX Runtime measured, or was to measure. */
    static Cell confirmed(OptionalDouble variance) {
        return variance.isPresent() ? Cell.of(Numbers.text(variance.getAsDouble())) : Cell.of("not measured");
    }

    /**
     * Returns how the two engines compare, a sentence each.
     *
     * @param joins the number of joins that ONNX Runtime was asked for
     * @param missing the number of those that it did not measure
     * @param deviation the greatest difference at the others, as a share of a stream's variance
     */
    static List<String> confirmed(long joins, long missing, double deviation) {
        List<String> lines = new ArrayList<>();
        if (joins > missing) {
            lines.add("ONNX Runtime: variances at joins at most " + Numbers.text(deviation)
                    + " of their stream's off TensorFlow's");
        }
        if (missing > 0) {
            lines.add("ONNX Runtime: " + missing + " of " + joins
                    + " joins not measured: no value of the model holds what meets there");
        }
        return lines;
    }

    /** Returns the warning of so many joins at which the engines differ. */
    static String apart(long joins) {
        return "ONNX Runtime finds other variances than TensorFlow at " + joins
                + " residual joins; lsuv-init check says where the two differ";
    }
}
