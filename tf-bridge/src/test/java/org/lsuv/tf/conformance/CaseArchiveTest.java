package org.lsuv.tf.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.compressors.xz.XZCompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CaseArchiveTest {
    @TempDir
    Path folder = Path.of("");

    @ParameterizedTest
    @ValueSource(strings = {"cases.tar", "cases.tar.gz", "cases.tar.xz"})
    void casesComeOutOfAnArchive(String name) throws IOException {
        Path archive = archive(name, new TarArchiveEntry("suite/node/test_abs/model.onnx"));
        assertThat(BackendSuite.of(archive.toString(), folder))
                .flatExtracting(BackendSuite::cases)
                .extracting(BackendCase::name)
                .containsExactly("node/test_abs");
    }

    @Test
    void entryThatLeadsOutOfTheArchiveIsRefused() throws IOException {
        Path archive = archive("cases.tar", new TarArchiveEntry("../../model.onnx"));
        assertThatIOException()
                .isThrownBy(() -> CaseArchive.unpack(archive, folder.resolve("inner")))
                .withMessage(archive + ": entry \"../../model.onnx\" leads out of the archive");
    }

    @Test
    void linkIsRefused() throws IOException {
        TarArchiveEntry link = new TarArchiveEntry("node/model.onnx", TarConstants.LF_SYMLINK);
        link.setLinkName("/etc/passwd");
        Path archive = archive("cases.tar", link);
        assertThatIOException()
                .isThrownBy(() -> CaseArchive.unpack(archive, folder.resolve("inner")))
                .withMessage(archive + ": entry \"node/model.onnx\" is neither file nor folder");
    }

    private Path archive(String name, TarArchiveEntry entry) throws IOException {
        Path archive = folder.resolve(name);
        byte[] content = entry.isSymbolicLink() ? new byte[0] : "model".getBytes(StandardCharsets.UTF_8);
        entry.setSize(content.length);
        try (OutputStream file = Files.newOutputStream(archive);
                TarArchiveOutputStream tar = new TarArchiveOutputStream(compressed(name, file))) {
            tar.putArchiveEntry(entry);
            tar.write(content);
            tar.closeArchiveEntry();
        }
        return archive;
    }

    private static OutputStream compressed(String name, OutputStream file) throws IOException {
        if (name.endsWith(".xz")) {
            return new XZCompressorOutputStream(file);
        }
        return name.endsWith(".gz") ? new GZIPOutputStream(file) : file;
    }
}
