package org.lsuv.cli;

import java.util.Locale;
import org.lsuv.tf.init.Progress;

/** Shows in one line of standard error what is being done, if that is a terminal; clears it at the end. */
final class ConsoleProgress implements Progress, AutoCloseable {
    private static final int BAR = 24;
    private static final String CLEAR = "\r\u001b[K";

    private final Console console;
    private final boolean shown;
    private final long start = System.nanoTime();
    private String last = "";

    ConsoleProgress(Console console, Verbosity verbosity) {
        this.console = console;
        this.shown = console.terminal().err() && !verbosity.isQuiet();
    }

    void show(String text) {
        if (shown && !text.equals(last)) {
            last = text;
            double seconds = (System.nanoTime() - start) / 1e9;
            console.err().print(String.format(Locale.ROOT, "%s%5.1f s  %s …", CLEAR, seconds, text));
            console.err().flush();
        }
    }

    @Override
    public void report(Phase phase, int done, int total) {
        switch (phase) {
            case WEIGHTS -> show("drawing weights " + bar(done, total));
            case SCALING -> show("scaling all layers, pass " + (done + 1));
            case MEASURING -> show(total > 1 ? "measuring the result " + bar(done, total) : "measuring the result");
        }
    }

    private static String bar(int done, int total) {
        int full = total == 0 ? BAR : (int) ((long) BAR * done / total);
        return "━".repeat(full) + "┄".repeat(BAR - full) + " " + done + "/" + total;
    }

    @Override
    public void close() {
        if (shown && !last.isEmpty()) {
            console.err().print(CLEAR);
            console.err().flush();
        }
    }
}
