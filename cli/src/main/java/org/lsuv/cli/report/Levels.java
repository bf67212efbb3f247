package org.lsuv.cli.report;

import org.lsuv.tf.diagnose.Verdict.Level;

/** Shows a level as a sign, a word and a colour, any of which is enough. */
final class Levels {
    private Levels() {}

    static String style(Level level) {
        return switch (level) {
            case FINE -> "fine";
            case AT_RISK -> "risk";
            case WILL_NOT_START -> "bad";
        };
    }

    /** Returns what levels sort by: the worst last. */
    static String rank(Level level) {
        return switch (level) {
            case FINE -> "0";
            case AT_RISK -> "1";
            case WILL_NOT_START -> "2";
        };
    }

    static String sign(Level level) {
        return switch (level) {
            case FINE -> "✓";
            case AT_RISK -> "▲";
            case WILL_NOT_START -> "✕";
        };
    }

    static void chip(Markup out, Level level) {
        out.open("span", "class", "chip " + style(level))
                .element("span", sign(level), "class", "sign", "aria-hidden", "true")
                .text(" " + level.label())
                .close();
    }
}
