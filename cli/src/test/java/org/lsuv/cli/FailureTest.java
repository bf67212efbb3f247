package org.lsuv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.UnsupportedModelException;

class FailureTest {
    @Test
    void exceptionsOfTheLibraryKeepTheirSentence() {
        assertThat(Failure.of(new OnnxFormatException("a.onnx: is empty")))
                .isEqualTo(new Failure(ExitCode.MALFORMED, "a.onnx: is empty"));
        assertThat(Failure.of(new UnsupportedModelException("a.onnx: unsupported operators: Foo")))
                .isEqualTo(new Failure(ExitCode.UNSUPPORTED, "a.onnx: unsupported operators: Foo"));
    }

    @Test
    void filesThatCannotBeUsedAreNamed() {
        assertThat(Failure.of(new AccessDeniedException("/x/out.onnx")))
                .isEqualTo(new Failure(ExitCode.FAILURE, "/x/out.onnx: permission denied"));
        assertThat(Failure.of(new FileSystemException("/x/out.onnx", null, "No space left on device")))
                .isEqualTo(new Failure(ExitCode.FAILURE, "/x/out.onnx: no space left on device"));
        assertThat(Failure.of(new IOException("No space left on device")))
                .isEqualTo(new Failure(ExitCode.FAILURE, "No space left on device"));
    }

    @Test
    void surprisesBecomeOneLine() {
        assertThat(Failure.of(new IllegalStateException("first\n  second")))
                .isEqualTo(new Failure(
                        ExitCode.FAILURE,
                        "internal error: java.lang.IllegalStateException: first second; --verbose shows where it"
                                + " happened"));
        assertThat(Failure.of(new OutOfMemoryError("Java heap space")).message())
                .isEqualTo("out of memory; run fewer rows at a time with --batch-size, or give Java more in"
                        + " LSUV_INIT_OPTS=-Xmx8g");
        assertThat(Failure.of(new ExceptionInInitializerError(new UnsatisfiedLinkError("no jnitensorflow")))
                        .message())
                .startsWith("a library cannot be loaded on ")
                .endsWith(": no jnitensorflow");
    }
}
