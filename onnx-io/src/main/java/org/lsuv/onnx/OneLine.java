package org.lsuv.onnx;

/** Makes text that came from a file fit for one line of a terminal. */
final class OneLine {
    private OneLine() {}

    /** Returns the text with every control character written as its code, such as <code>&#92;u000a</code>. */
    static String of(String text) {
        StringBuilder line = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c)) {
                line.append(String.format("\\u%04x", (int) c));
            } else {
                line.append(c);
            }
        }
        return line.toString();
    }
}
