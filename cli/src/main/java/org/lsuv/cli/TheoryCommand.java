package org.lsuv.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.lsuv.cli.Table.Cell;
import org.lsuv.cli.Table.Kind;
import org.lsuv.tf.diagnose.Theory;
import org.lsuv.tf.diagnose.TheoryRow;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures the closed forms on which a diagnosis rests. */
@Command(
        name = "theory",
        mixinStandardHelpOptions = true,
        abbreviateSynopsis = true,
        versionProvider = Version.class,
        description = "Draw fully connected networks and compare what is measured on them with the closed forms of"
                + " Hanin and Rolnick (2018) on which diagnose rests.",
        sortOptions = false)
final class TheoryCommand implements Callable<Integer> {
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

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    TheoryCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        device.check();
        if (draws < 10) {
            throw new UsageException("--draws: expected at least 10, got " + draws);
        }
        List<TheoryRow> rows = new Theory(draws, seed, device.tensorFlow()).rows();
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
        console.print(table.lines(console));
        return (rows.stream().allMatch(TheoryRow::agrees) ? ExitCode.OK : ExitCode.FLAGGED).code();
    }
}
