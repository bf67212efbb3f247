package org.lsuv.onnx.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsuv.onnx.OnnxFormatException;

class DataArgumentTest {
    @TempDir
    private Path folder;

    @Test
    void fileAloneNamesNoInput() {
        assertThat(DataArgument.parse("dir/a.npy", List.of("x"))).isEqualTo(of("", "dir/a.npy"));
        assertThat(DataArgument.parse("C:\\data\\a.npy", List.of("x"))).isEqualTo(of("", "C:\\data\\a.npy"));
    }

    @Test
    void partBeforeTheFirstEqualsSignIsTheInput() {
        assertThat(DataArgument.parse("x=a.npy", List.of("x"))).isEqualTo(of("x", "a.npy"));
        assertThat(DataArgument.parse("x=C:\\lr=0.1.npy", List.of("x"))).isEqualTo(of("x", "C:\\lr=0.1.npy"));
        assertThat(DataArgument.parse("typo=a.npy", List.of("x"))).isEqualTo(of("typo", "a.npy"));
    }

    @Test
    void existingFileMayHoldAnEqualsSign() throws Exception {
        Path file = NpyBytes.write(folder, "lr=0.1.npy", new byte[0]);
        assertThat(DataArgument.parse(file.toString(), List.of("x"))).isEqualTo(new DataArgument("", file));
        String input = file.getParent() + "/lr";
        assertThat(DataArgument.parse(file.toString(), List.of(input))).isEqualTo(of(input, "0.1.npy"));
    }

    @Test
    void emptyNameOrFileLeavesTheWholeAsFile() {
        assertThat(DataArgument.parse("=a.npy", List.of(""))).isEqualTo(of("", "=a.npy"));
        assertThat(DataArgument.parse("x=", List.of("x"))).isEqualTo(of("", "x="));
    }

    @Test
    void textThatIsNoPathIsAnError() {
        assertThatThrownBy(() -> DataArgument.parse("x=a\0b", List.of("x")))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageEndingWith(": is not a file name; expected FILE or NAME=FILE");
    }

    private static DataArgument of(String input, String file) {
        return new DataArgument(input, Path.of(file));
    }
}
