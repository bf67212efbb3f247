package org.lsuv.cli.report;

/** Writes the frame of tables: wide ones scroll inside of it, and take the keyboard. */
final class Tables {
    private Tables() {}

    static void open(Markup out, String caption, String style) {
        out.open("div", "class", "scroll", "role", "region", "tabindex", "0", "aria-label", caption);
        out.open("table", "class", style);
        out.element("caption", caption);
    }

    static void close(Markup out) {
        out.close().closeLine();
    }
}
