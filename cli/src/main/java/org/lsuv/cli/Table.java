package org.lsuv.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Lays out rows of text in aligned columns that fit a width: names give way, numbers do not. */
final class Table {
    private static final String GAP = "  ";
    private static final int SHORTEST_NAME = 12;

    /** Lists the kinds of columns. */
    enum Kind {
        /** Text on the left, shortened in the middle where the width asks for it. */
        NAME,
        /** Text on the left, never shortened. */
        TEXT,
        /** Text on the right, never shortened. */
        NUMBER
    }

    private record Column(String title, Kind kind) {}

    /**
     * Holds one cell.
     *
     * @param text what it says
     * @param tone how
     */
    record Cell(String text, Console.Tone tone) {
        static Cell of(String text) {
            return new Cell(text, Console.Tone.PLAIN);
        }
    }

    private final List<Column> columns = new ArrayList<>();
    private final List<List<Cell>> rows = new ArrayList<>();

    Table column(String title, Kind kind) {
        columns.add(new Column(title, kind));
        return this;
    }

    void row(List<Cell> cells) {
        if (cells.size() != columns.size()) {
            throw new IllegalArgumentException(cells.size() + " cells for " + columns.size() + " columns");
        }
        rows.add(List.copyOf(cells));
    }

    /** Returns the lines, the titles first. */
    List<String> lines(Console console) {
        int[] widths = widths(console.terminal().columns());
        List<String> lines = new ArrayList<>();
        lines.add(line(
                columns.stream()
                        .map(column -> new Cell(column.title(), Console.Tone.STRONG))
                        .toList(),
                widths,
                console));
        rows.forEach(row -> lines.add(line(row, widths, console)));
        return lines;
    }

    private int[] widths(int available) {
        int[] widths = new int[columns.size()];
        int total = GAP.length() * (columns.size() - 1);
        for (int i = 0; i < widths.length; i++) {
            int column = i;
            widths[i] = Math.max(
                    columns.get(i).title().length(),
                    rows.stream()
                            .mapToInt(row -> row.get(column).text().length())
                            .max()
                            .orElse(0));
            total += widths[i];
        }
        while (total > available) {
            int widest = widestName(widths);
            if (widest < 0) {
                break;
            }
            widths[widest]--;
            total--;
        }
        return widths;
    }

    private int widestName(int[] widths) {
        int widest = -1;
        for (int i = 0; i < widths.length; i++) {
            boolean gives = columns.get(i).kind() == Kind.NAME && widths[i] > SHORTEST_NAME;
            if (gives && (widest < 0 || widths[i] > widths[widest])) {
                widest = i;
            }
        }
        return widest;
    }

    private String line(List<Cell> cells, int[] widths, Console console) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < widths.length; i++) {
            Cell cell = cells.get(i);
            String text = shortened(cell.text(), widths[i]);
            String padding = " ".repeat(widths[i] - text.length());
            String shown = console.coloured(text, cell.tone());
            texts.add(columns.get(i).kind() == Kind.NUMBER ? padding + shown : shown + padding);
        }
        return texts.stream().collect(Collectors.joining(GAP)).stripTrailing();
    }

    /** Returns a text with its middle left out, where it is longer than a width. */
    static String shortened(String text, int width) {
        if (text.length() <= width) {
            return text;
        }
        int head = width / 2;
        return text.substring(0, head) + "…" + text.substring(text.length() - (width - head - 1));
    }
}
