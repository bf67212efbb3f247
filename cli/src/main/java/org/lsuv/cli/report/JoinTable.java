package org.lsuv.cli.report;

import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.lsuv.tf.diagnose.ResidualBlock;

/** Lists the sums of streams and branches as both engines measured them. */
final class JoinTable {
    private JoinTable() {}

    static void render(ReportPage page, Markup out) {
        List<ResidualBlock> blocks = page.report().residuals().blocks();
        List<JoinVariances> confirmed = page.subject().joins();
        if (blocks.isEmpty() || confirmed.isEmpty()) {
            return;
        }
        out.element("h3", "Where streams and branches meet");
        out.element(
                "p",
                "Variances that TensorFlow measured, each beside ONNX Runtime's: at most "
                        + Figures.text(deviation(blocks, confirmed))
                        + " of their stream's apart. g = Var(branch)/Var(stream).",
                "class",
                "lead");
        Tables.open(out, "Sums of streams and branches", "joins");
        out.open("thead").open("tr").element("th", "Sum", "scope", "col");
        List.of("Var stream", "ONNX RT", "Var branch", "ONNX RT", "Var sum", "ONNX RT", "g")
                .forEach(title -> out.element("th", title, "scope", "col", "class", "number"));
        out.close().close().open("tbody");
        for (int i = 0; i < blocks.size(); i++) {
            ResidualBlock block = blocks.get(i);
            JoinVariances found = confirmed.get(i);
            out.open("tr").open("th", "scope", "row");
            out.open("span", "class", "name").name(block.name()).close().close();
            pair(out, block.streamVariance(), found.stream());
            pair(out, block.branchVariance(), found.branch());
            pair(out, block.variance(), found.sum());
            out.element("td", Figures.text(block.gain()), "class", "number");
            out.closeLine();
        }
        out.close();
        Tables.close(out);
    }

    private static double deviation(List<ResidualBlock> blocks, List<JoinVariances> confirmed) {
        return IntStream.range(0, blocks.size())
                .mapToDouble(i -> confirmed
                        .get(i)
                        .deviation(
                                blocks.get(i).streamVariance(),
                                blocks.get(i).branchVariance(),
                                blocks.get(i).variance()))
                .max()
                .orElse(0);
    }

    private static void pair(Markup out, double measured, OptionalDouble confirmed) {
        String other = confirmed.isPresent() ? Figures.text(confirmed.getAsDouble()) : "not measured";
        out.element("td", Figures.text(measured), "class", "number").element("td", other, "class", "number");
    }
}
