package org.lsuv.cli.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Objects;
import java.util.function.Consumer;

/** Writes what all pages share: one file with its style sheet, that may load nothing. */
final class PageFrame {
    private PageFrame() {}

    /** Lists what may run in a page. */
    enum Script {
        NONE,
        /** Sorts tables. */
        SORTING
    }

    /**
     * Returns a page.
     *
     * @param title what it is about, as a window has it
     * @param body writes what stands in it
     */
    static String of(String title, Script script, Consumer<Markup> body) {
        Markup out = new Markup();
        out.trusted("<!DOCTYPE html>\n");
        out.open("html", "lang", "en");
        head(title, script, out);
        out.open("body");
        body.accept(out);
        if (script == Script.SORTING) {
            out.open("script").trusted(resource("report.js")).close();
        }
        out.closeLine().closeLine();
        return out.finish();
    }

    private static void head(String title, Script script, Markup out) {
        out.open("head");
        out.empty("meta", "charset", "utf-8");
        out.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        out.empty("meta", "name", "color-scheme", "content", "light dark");
        String scripts = script == Script.SORTING ? "script-src 'sha256-" + digest(resource("report.js")) + "'; " : "";
        // Nothing is loaded, and no script runs but the one that is known here: whatever a model is called.
        out.empty(
                "meta",
                "http-equiv",
                "Content-Security-Policy",
                "content",
                "default-src 'none'; style-src 'unsafe-inline'; " + scripts + "base-uri 'none'; form-action 'none'");
        out.element("title", title + " – lsuv-init");
        out.open("style").trusted(resource("report.css")).close();
        out.closeLine();
    }

    private static String digest(String script) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return Base64.getEncoder().encodeToString(digest.digest(script.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has SHA-256", impossible);
        }
    }

    private static String resource(String name) {
        try (InputStream in = Objects.requireNonNull(PageFrame.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
