package org.lsuv.cli;

import java.util.Map;
import java.util.Properties;

/**
 * Says what the two output streams lead to.
 *
 * @param out whether standard output is a terminal
 * @param err whether standard error is a terminal
 * @param columns the width of lines
 * @param colours whether colours are welcome on a terminal
 */
record Terminal(boolean out, boolean err, int columns, boolean colours) {
    /** Files or pipes: no colours, no progress, lines as long as they need to be. */
    static final Terminal NONE = new Terminal(false, false, 120, false);

    private static final int DEFAULT_COLUMNS = 80;
    private static final int FEWEST_COLUMNS = 40;

    /**
     * Finds out from what the start script passes on, since Java itself cannot tell the streams apart:
     * {@code lsuv.terminal} holds {@code out}, {@code err} or both, {@code lsuv.columns} the width.
     */
    static Terminal detect(Properties properties, Map<String, String> environment) {
        String streams = properties.getProperty("lsuv.terminal", "");
        boolean out = streams.contains("out");
        boolean colours = environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "dumb").equals("dumb");
        int columns = out ? width(properties.getProperty("lsuv.columns", "")) : NONE.columns();
        return new Terminal(out, streams.contains("err"), columns, colours);
    }

    private static int width(String columns) {
        try {
            int width = Integer.parseInt(columns.strip());
            return width <= 0 ? DEFAULT_COLUMNS : Math.max(FEWEST_COLUMNS, width);
        } catch (NumberFormatException unknown) {
            return DEFAULT_COLUMNS;
        }
    }
}
