package org.lsuv.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lsuv.cli.Table.Cell;
import org.lsuv.cli.Table.Kind;
import org.lsuv.cli.report.Fact;
import org.lsuv.cli.report.TheoryPage;
import org.lsuv.cli.report.TheoryReport;
import org.lsuv.onnx.Overwrite;
import org.lsuv.tf.theory.Theory;
import org.lsuv.tf.theory.TheoryCurve;
import org.lsuv.tf.theory.TheoryFigures;
import org.lsuv.tf.theory.TheoryRow;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures the closed forms on which a diagnosis rests. */
@Command(
        name = "theory",
        mixinStandardHelpOptions = true,
        abbreviateSynopsis = true,
        versionProvider = Version.class,
        description = "Draw fully connected networks and compare what is measured on them with the closed forms of"
                + " Hanin and Rolnick (2018) on which diagnose rests; with --report, as a page with figures.",
        sortOptions = false)
final class TheoryCommand implements Callable<Integer> {
    /** The largest weights of that many networks take 0.4 GB. */
    private static final int MOST_DRAWS = 20_000;

    private final Console console;

    @Option(
            names = "--draws",
            paramLabel = "N",
            defaultValue = "1000",
            description = "Networks to draw for each row (default: ${DEFAULT-VALUE}).")
    private int draws;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Seed of the weights (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--report",
            paramLabel = "FILE.html",
            description = "Draw figures, too, and write them and the table as a page: length over depth by law of"
                    + " weights, variance over layers against β, and residual networks by scale of their branches.")
    private @Nullable Path report;

    @Option(names = "--force", description = "Replace a report that exists.")
    private boolean force;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Mixin
    private Verbosity verbosity = new Verbosity();

    TheoryCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        device.check();
        verbosity.check();
        if (draws < Theory.FEWEST_DRAWS || draws > MOST_DRAWS) {
            throw new UsageException(
                    "--draws: expected " + Theory.FEWEST_DRAWS + " to " + MOST_DRAWS + ", got " + draws);
        }
        if (force && report == null) {
            throw new UsageException("--force: only with --report");
        }
        if (report == null) {
            List<TheoryRow> rows = new Theory(draws, seed, device.tensorFlow()).rows();
            return shown(rows);
        }
        ReportFile file = ReportFile.page(report, force ? Overwrite.REPLACE : Overwrite.REFUSE);
        TheoryPage page = page();
        file.write(TheoryReport.of(page));
        return shown(page.rows());
    }

    private TheoryPage page() {
        long start = System.nanoTime();
        List<TheoryRow> rows = new Theory(draws, seed, device.tensorFlow()).rows();
        long measured = System.nanoTime();
        TheoryFigures figures = new TheoryFigures(draws, seed, device.tensorFlow());
        List<TheoryCurve> lengths = figures.lengths();
        List<TheoryCurve> variances = figures.variances();
        List<TheoryCurve> residuals = figures.residuals();
        long drawn = System.nanoTime();
        List<Fact> options = new ArrayList<>(
                List.of(new Fact("draws", Integer.toString(draws)), new Fact("seed", Long.toString(seed))));
        options.addAll(PageFacts.run(device));
        return new TheoryPage(
                PageFacts.command(spec),
                rows,
                lengths,
                variances,
                residuals,
                options,
                PageFacts.versions(),
                List.of(
                        new Fact("closed forms", Numbers.seconds((measured - start) / 1e9)),
                        new Fact("figures", Numbers.seconds((drawn - measured) / 1e9))));
    }

    private int shown(List<TheoryRow> rows) {
        if (!verbosity.isQuiet()) {
            console.print(table(rows).lines(console));
        }
        return (rows.stream().allMatch(TheoryRow::agrees) ? ExitCode.OK : ExitCode.FLAGGED).code();
    }

    private static Table table(List<TheoryRow> rows) {
        Table table = new Table()
                .column("quantity", Kind.TEXT)
                .column("networks", Kind.TEXT)
                .column("closed form", Kind.TEXT)
                .column("value", Kind.NUMBER)
                .column("measured", Kind.NUMBER)
                .column("99 % interval", Kind.TEXT)
                .column("", Kind.TEXT);
        for (TheoryRow row : rows) {
            table.row(List.of(
                    Cell.of(row.quantity()),
                    Cell.of(row.setting()),
                    Cell.of(row.formula()),
                    Cell.of(Numbers.text(row.closed())),
                    Cell.of(Numbers.text(row.measured())),
                    Cell.of(Numbers.text(row.low()) + " … " + Numbers.text(row.high())),
                    row.agrees() ? new Cell("agrees", Console.Tone.GOOD) : new Cell("differs", Console.Tone.BAD)));
        }
        return table;
    }
}
