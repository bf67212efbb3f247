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
            new Part("stream", JoinResult::stream, JoinCheck::stream),
            new Part("branch", JoinResult::branch, JoinCheck::branch),
            new Part("sum", JoinResult::sum, JoinCheck::sum));

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

    private static Cell confirmed(OptionalDouble variance) {
        return variance.isPresent() ? Cell.of(Numbers.text(variance.getAsDouble())) : Cell.of("not measured");
    }
}
