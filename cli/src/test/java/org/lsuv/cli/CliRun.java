package org.lsuv.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/** Runs the command line in this process and keeps what it says. */
record CliRun(int code, String out, String err) {
    static final Path TESTDATA = Path.of(System.getProperty("lsuv.root"), "testdata");
    static final Path IMAGES = TESTDATA.resolve("data/fashion-mnist-256.npy");

    static Path model(String name) {
        return TESTDATA.resolve("models").resolve(name);
    }

    static CliRun of(Object... args) {
        return on(Terminal.NONE, args);
    }

    static CliRun on(Terminal terminal, Object... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console = new Console(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                terminal);
        int code = Main.run(Arrays.stream(args).map(Object::toString).toArray(String[]::new), console);
        return new CliRun(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
