package org.lsuv.cli;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.UnsupportedModelException;

/**
 * Says what a failure is to a user: one line and an exit code.
 *
 * @param exit the exit code
 * @param message the line
 */
record Failure(ExitCode exit, String message) {

    /** Returns what a user is told of a throwable. */
    static Failure of(Throwable thrown) {
        if (thrown instanceof UsageException) {
            return new Failure(ExitCode.USAGE, text(thrown));
        }
        if (thrown instanceof OnnxFormatException) {
            return new Failure(ExitCode.MALFORMED, text(thrown));
        }
        if (thrown instanceof UnsupportedModelException) {
            return new Failure(ExitCode.UNSUPPORTED, text(thrown));
        }
        if (thrown instanceof IOException failure) {
            return ofFile(failure);
        }
        if (thrown instanceof OutOfMemoryError) {
            return new Failure(
                    ExitCode.FAILURE,
                    "out of memory; run fewer rows at a time with --batch-size, or give Java more in"
                            + " LSUV_INIT_OPTS=-Xmx8g");
        }
        if (thrown instanceof LinkageError) {
            return new Failure(
                    ExitCode.FAILURE,
                    "a library cannot be loaded on " + System.getProperty("os.name") + " "
                            + System.getProperty("os.arch") + ": " + text(root(thrown)));
        }
        return new Failure(
                ExitCode.FAILURE, "internal error: " + line(thrown.toString()) + "; --verbose shows where it happened");
    }

    private static Failure ofFile(IOException failure) {
        if (failure instanceof FileAlreadyExistsException exists) {
            return new Failure(ExitCode.USAGE, exists.getFile() + ": exists already; give --force to replace it");
        }
        if (failure instanceof NoSuchFileException missing) {
            return new Failure(ExitCode.USAGE, missing.getFile() + ": no such file or folder");
        }
        if (failure instanceof FileNotFoundException) {
            return new Failure(ExitCode.USAGE, text(failure));
        }
        if (failure instanceof AccessDeniedException denied) {
            return new Failure(ExitCode.FAILURE, denied.getFile() + ": permission denied");
        }
        if (failure instanceof FileSystemException problem) {
            String reason = problem.getReason() == null ? "cannot be read or written" : problem.getReason();
            return new Failure(ExitCode.FAILURE, problem.getFile() + ": " + reason.toLowerCase(Locale.ROOT));
        }
        return new Failure(ExitCode.FAILURE, text(failure));
    }

    private static Throwable root(Throwable thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static String text(Throwable thrown) {
        String message = thrown.getMessage();
        return line(message == null ? thrown.toString() : message);
    }

    private static String line(String text) {
        return text.lines().map(String::strip).reduce((a, b) -> a + " " + b).orElse("");
    }
}
