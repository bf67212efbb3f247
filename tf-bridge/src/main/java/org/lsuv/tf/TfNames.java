package org.lsuv.tf;

import java.util.Locale;
import org.tensorflow.op.Ops;

/**
 * Turns names of values into names that TensorFlow accepts, {@code
 * [A-Za-z0-9.][A-Za-z0-9_.\-]*}, and back. The only place that knows this rule.
 *
 * <p>Letters, digits, {@code _} and {@code .} stay; {@code /} becomes {@code --}; any other UTF-16
 * unit becomes {@code -} and four hexadecimal digits; a name that does not start with a letter or
 * digit gets a {@code .} in front.
 */
public final class TfNames {
    private TfNames() {}

    /**
     * Returns a builder that names its operations after a value of the source: {@code node7.conv1}, {@code
     * node7.conv1_1} and so on. The number keeps apart what would otherwise collide. (A sub-scope of
     * TensorFlow's would look through the whole graph each time it is made.)
     *
     * @param kind what the value is, in letters
     * @param number a number that no other value of this kind has
     */
    public static Ops scope(Ops tf, String kind, int number, String name) {
        return tf.withName(kind + number + "." + escape(name));
    }

    /** Returns the scope name for a source name. */
    public static String escape(String name) {
        StringBuilder escaped = new StringBuilder(name.length() + 8);
        if (name.isEmpty() || !isAlphanumeric(name.charAt(0))) {
            escaped.append('.');
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (isAlphanumeric(c) || c == '_' || c == '.') {
                escaped.append(c);
            } else if (c == '/') {
                escaped.append("--");
            } else {
                escaped.append(String.format(Locale.ROOT, "-%04x", (int) c));
            }
        }
        return escaped.toString();
    }

    /**
     * Returns the source name that {@link #escape} turned into this one.
     *
     * @throws IllegalArgumentException if the name was not made by it
     */
    public static String unescape(String escaped) {
        StringBuilder name = new StringBuilder(escaped.length());
        for (int i = escaped.startsWith(".") ? 1 : 0; i < escaped.length(); i++) {
            char c = escaped.charAt(i);
            if (c != '-') {
                name.append(c);
            } else if (escaped.startsWith("--", i)) {
                name.append('/');
                i++;
            } else if (i + 5 <= escaped.length()) {
                name.append((char) Integer.parseInt(escaped.substring(i + 1, i + 5), 16));
                i += 4;
            } else {
                throw new IllegalArgumentException("\"" + escaped + "\" is not an escaped name");
            }
        }
        return name.toString();
    }

    private static boolean isAlphanumeric(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
}
