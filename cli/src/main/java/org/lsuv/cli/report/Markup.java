package org.lsuv.cli.report;

import java.util.ArrayDeque;
import java.util.Deque;

/** Writes HTML and SVG: every text escaped, every element closed by the one that opened it. */
final class Markup {
    /** Behind these a name can go on in the next line. */
    private static final String SEPARATORS = "/._:";

    /** Fewer characters do not stand alone in a line. */
    private static final int LEAST_PART = 3;

    private final StringBuilder out = new StringBuilder();
    private final Deque<String> open = new ArrayDeque<>();

    /**
     * Opens an element.
     *
     * @param attributes names and values in turn
     */
    Markup open(String tag, String... attributes) {
        start(tag, attributes);
        out.append('>');
        open.push(tag);
        return this;
    }

    /** Closes the element that was opened last. */
    Markup close() {
        out.append("</").append(open.pop()).append('>');
        return this;
    }

    /** Closes an element, and ends the line: sources are read, too. */
    Markup closeLine() {
        close();
        out.append('\n');
        return this;
    }

    /** Writes an element that holds a text. */
    Markup element(String tag, String text, String... attributes) {
        return open(tag, attributes).text(text).close();
    }

    /** Writes an element that holds nothing. */
    Markup empty(String tag, String... attributes) {
        start(tag, attributes);
        out.append("/>");
        return this;
    }

    Markup text(String text) {
        escape(text);
        return this;
    }

    /** Writes a name of a file: a line may end behind its parts, such as those of a path. */
    Markup name(String name) {
        int from = 0;
        for (int i = LEAST_PART; i <= name.length() - LEAST_PART; i++) {
            if (i - from >= LEAST_PART && endsPart(name, i)) {
                text(name.substring(from, i)).empty("wbr");
                from = i;
            }
        }
        return text(name.substring(from));
    }

    /** Tells whether a part of a name ends before an index; numbers stay with what they count. */
    private static boolean endsPart(String name, int index) {
        char before = name.charAt(index - 1);
        char after = name.charAt(index);
        boolean number = Character.isDigit(after) && (before == '.' || before == '_');
        return SEPARATORS.indexOf(before) >= 0 && SEPARATORS.indexOf(after) < 0 && !number;
    }

    /** Writes a sentence whose names stand between quotation marks. */
    Markup prose(String sentence) {
        String[] parts = sentence.split("\"", -1);
        for (int i = 0; i < parts.length; i++) {
            text(i == 0 ? "" : "\"");
            if (i % 2 == 1) {
                name(parts[i]);
            } else {
                text(parts[i]);
            }
        }
        return this;
    }

    /** Writes what is markup already, none of it from a file of a stranger. */
    Markup trusted(String markup) {
        out.append(markup);
        return this;
    }

    String finish() {
        if (!open.isEmpty()) {
            throw new IllegalStateException("open elements: " + open);
        }
        return out.toString();
    }

    private void start(String tag, String... attributes) {
        out.append('<').append(tag);
        for (int i = 0; i + 1 < attributes.length; i += 2) {
            out.append(' ').append(attributes[i]).append("=\"");
            escape(attributes[i + 1]);
            out.append('"');
        }
    }

    private void escape(String text) {
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            i += Character.charCount(point);
            switch (point) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.appendCodePoint(isCharacter(point) ? point : 0xFFFD);
            }
        }
    }

    /** HTML has no control characters but white space, and UTF-8 no half of a pair. */
    private static boolean isCharacter(int point) {
        boolean control = point < 0x20 || (point >= 0x7F && point <= 0x9F);
        boolean half = point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
        return point == '\n' || point == '\t' || !(control || half);
    }
}
