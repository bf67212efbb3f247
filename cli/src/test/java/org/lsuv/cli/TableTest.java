package org.lsuv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.cli.Table.Cell;
import org.lsuv.cli.Table.Kind;

class TableTest {
    private static Console console(boolean terminal, int columns, boolean colours) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        return new Console(nowhere, nowhere, new Terminal(terminal, terminal, columns, colours));
    }

    private static Table table() {
        Table table =
                new Table().column("#", Kind.NUMBER).column("layer", Kind.NAME).column("variance", Kind.NUMBER);
        table.row(List.of(Cell.of("0"), Cell.of("/encoder/layers.0/attention/Conv"), Cell.of("1.0000")));
        table.row(List.of(Cell.of("10"), Cell.of("/fc/Gemm"), new Cell("0.5", Console.Tone.BAD)));
        return table;
    }

    @Test
    void numbersAlignRightAndNamesLeft() {
        assertThat(table().lines(console(false, 120, false)))
                .containsExactly(
                        " #  layer                             variance",
                        " 0  /encoder/layers.0/attention/Conv    1.0000",
                        "10  /fc/Gemm                               0.5");
    }

    @Test
    void longNamesLoseTheirMiddleWhereTheWidthAsksForIt() {
        assertThat(table().lines(console(true, 36, false)))
                .containsExactly(
                        " #  layer                   variance",
                        " 0  /encoder/la…ntion/Conv    1.0000",
                        "10  /fc/Gemm                     0.5");
    }

    @Test
    void coloursAppearOnTerminalsThatWantThem() {
        assertThat(table().lines(console(true, 120, true)).get(2)).contains("\u001b[31m0.5\u001b[0m");
        assertThat(table().lines(console(false, 120, true)).get(2)).doesNotContain("\u001b");
        assertThat(table().lines(console(true, 120, false)).get(2)).doesNotContain("\u001b");
    }

    @Test
    void terminalIsWhatTheStartScriptSaw() {
        Properties properties = new Properties();
        assertThat(Terminal.detect(properties, Map.of("TERM", "xterm")).out()).isFalse();
        properties.setProperty("lsuv.terminal", "out,err");
        properties.setProperty("lsuv.columns", "97");
        assertThat(Terminal.detect(properties, Map.of("TERM", "xterm"))).isEqualTo(new Terminal(true, true, 97, true));
        assertThat(Terminal.detect(properties, Map.of("TERM", "xterm", "NO_COLOR", "1"))
                        .colours())
                .isFalse();
        assertThat(Terminal.detect(properties, Map.of("TERM", "dumb")).colours())
                .isFalse();
        properties.setProperty("lsuv.columns", "?");
        assertThat(Terminal.detect(properties, Map.of()).columns()).isEqualTo(80);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1.0000",
        "0.99996, 1.0000",
        "9.99996, 10.000",
        "0.0123456, 0.01235",
        "0.000999, 9.99e-04",
        "12.3456, 12.346",
        "123.456, 123.46",
        "99999.4, 99999",
        "99999.6, 1.00e+05",
        "-0.25, -0.2500",
        "0, 0",
        "NaN, –",
        "Infinity, Inf"
    })
    void numbersHaveFourOrFiveDigits(double value, String text) {
        assertThat(Numbers.text(value)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0.01, 1 %", "0.005, 0.5 %", "0.1, 10 %", "0.125, 12.5 %"})
    void sharesArePercentages(double share, String text) {
        assertThat(Numbers.percent(share)).isEqualTo(text);
    }
}
