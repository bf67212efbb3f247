package org.lsuv.tf.savedmodel;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.junit.jupiter.api.Assumptions;

/** Finds the SavedModels that others made, which lie beside the project. */
final class SavedModelCorpus {
    private static final Path SHARED =
            Path.of(System.getProperty("lsuv.root", "..")).resolve(System.getProperty("lsuv.shared", "../shared"));

    private SavedModelCorpus() {}

    /** Unpacks the models and returns their folder; the test is skipped where they are not. */
    static Path unpack(Path folder) throws IOException {
        Path archive = SHARED.resolve("corpora/models.tar.xz");
        Assumptions.assumeTrue(Files.exists(archive), () -> "skipped: there is no " + archive);
        try (InputStream file = new BufferedInputStream(Files.newInputStream(archive));
                TarArchiveInputStream entries = new TarArchiveInputStream(new XZCompressorInputStream(file))) {
            for (TarArchiveEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                Path target = folder.resolve(entry.getName()).normalize();
                if (entry.isFile() && entry.getName().contains("savedmodel/") && target.startsWith(folder)) {
                    Files.createDirectories(target.resolveSibling("."));
                    Files.copy(entries, target);
                }
            }
        }
        return folder.resolve("models/savedmodel");
    }
}
