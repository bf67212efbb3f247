package org.lsuv.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lsuv.cli.Table.Cell;
import org.lsuv.cli.Table.Kind;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.tf.onnximport.OpRegistry;
import org.lsuv.tf.onnximport.OpUses;

/**
 * Lists operators: all that are supported, or those of one model.
 *
 * @param model the name of the model; absent where all are listed
 * @param operators the operators, sorted
 */
record OpsListing(@Nullable String model, List<Operator> operators) {

    /**
     * Describes an operator.
     *
     * @param opset the version of the operator set in the model
     * @param nodes the number of nodes in the model
     * @param supported whether there is a converter for it
     * @param sinceVersions the versions of the operator that are told apart; for a model, the one that it uses
     */
    record Operator(
            String domain,
            String operator,
            @Nullable Long opset,
            @Nullable Integer nodes,
            boolean supported,
            List<Integer> sinceVersions) {}

    static OpsListing of(OpRegistry registry) {
        List<Operator> operators = new ArrayList<>();
        for (Map.Entry<OpRegistry.OpName, List<Integer>> entry :
                registry.versions().entrySet()) {
            OpRegistry.OpName name = entry.getKey();
            operators.add(new Operator(domain(name), name.op(), null, null, true, entry.getValue()));
        }
        return new OpsListing(null, operators);
    }

    static OpsListing of(Path file, OpRegistry registry) throws IOException {
        OnnxModel model = OnnxReader.read(file);
        List<Operator> operators = OpUses.of(model, registry).uses().stream()
                .map(use -> new Operator(
                        domain(use.name()),
                        use.name().op(),
                        use.opset(),
                        use.nodes(),
                        use.isSupported(),
                        use.sinceVersion().stream().boxed().toList()))
                .toList();
        return new OpsListing(model.label(), operators);
    }

    private static String domain(OpRegistry.OpName name) {
        return name.domain().isEmpty() ? "ai.onnx" : name.domain();
    }

    List<String> json() {
        return ReportFile.gson().toJson(this).lines().toList();
    }

    List<String> lines(Console console) {
        List<String> lines = new ArrayList<>(table().lines(console));
        long supported = operators.stream().filter(Operator::supported).count();
        lines.add("");
        lines.add(
                model == null
                        ? supported + " operators"
                        : model + ": " + supported + " of " + operators.size() + " operators supported");
        return lines;
    }

    private Table table() {
        Table table = new Table().column("domain", Kind.TEXT).column("operator", Kind.TEXT);
        if (model != null) {
            table.column("opset", Kind.NUMBER).column("nodes", Kind.NUMBER);
        }
        table.column("since version", Kind.TEXT);
        for (Operator operator : operators) {
            List<Cell> cells = new ArrayList<>(List.of(Cell.of(operator.domain()), Cell.of(operator.operator())));
            if (model != null) {
                cells.add(Cell.of(String.valueOf(operator.opset())));
                cells.add(Cell.of(String.valueOf(operator.nodes())));
            }
            cells.add(
                    operator.supported()
                            ? Cell.of(operator.sinceVersions().stream()
                                    .map(String::valueOf)
                                    .collect(Collectors.joining(", ")))
                            : new Cell("not supported", Console.Tone.BAD));
            table.row(cells);
        }
        return table;
    }
}
