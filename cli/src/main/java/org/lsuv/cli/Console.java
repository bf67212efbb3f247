package org.lsuv.cli;

import java.io.PrintStream;
import java.util.List;

/**
 * Writes what a command says: results to {@code out}; warnings, notes and progress to {@code err}.
 *
 * @param out the stream of results
 * @param err the stream of everything else
 * @param terminal what the streams lead to
 */
record Console(PrintStream out, PrintStream err, Terminal terminal) {
    private static final String NAME = "lsuv-init: ";

    /** Lists what colours mean. */
    enum Tone {
        PLAIN(""),
        GOOD("\u001b[32m"),
        BAD("\u001b[31m"),
        FAINT("\u001b[2m"),
        STRONG("\u001b[1m");

        private final String start;

        Tone(String start) {
            this.start = start;
        }
    }

    void print(List<String> lines) {
        lines.forEach(out::println);
    }

    void print(String line) {
        out.println(line);
    }

    void error(String message) {
        err.println(NAME + message);
    }

    void warn(List<String> warnings) {
        warnings.forEach(warning -> err.println(NAME + "warning: " + warning));
    }

    void note(List<String> notes) {
        notes.forEach(note -> err.println(NAME + "note: " + note));
    }

    /** Tells whether standard output shows colours. */
    boolean showsColours() {
        return terminal.out() && terminal.colours();
    }

    /** Returns a text in a colour, where standard output is a terminal that shows colours. */
    String coloured(String text, Tone tone) {
        boolean plain = !showsColours() || tone == Tone.PLAIN || text.isBlank();
        return plain ? text : tone.start + text + "\u001b[0m";
    }
}
