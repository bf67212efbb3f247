package org.lsuv.tf.conformance;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/** Unpacks an archive of cases, and refuses what does not belong into one. */
final class CaseArchive {
    /** The whole suite has 50 MB. */
    private static final long MOST_BYTES = 2L << 30;

    private CaseArchive() {}

    /**
     * Unpacks a {@code .tar}, {@code .tar.gz} or {@code .tar.xz} and returns the folder.
     *
     * @throws IOException if the file cannot be read, or an entry leads out of the folder, is neither file
     *     nor folder, or makes the whole too large
     */
    static Path unpack(Path archive, Path folder) throws IOException {
        try (InputStream file = new BufferedInputStream(Files.newInputStream(archive));
                TarArchiveInputStream entries = new TarArchiveInputStream(decompressed(archive, file))) {
            long left = MOST_BYTES;
            for (TarArchiveEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                Path target = folder.resolve(entry.getName()).normalize();
                left -= entry.getSize();
                if (!target.startsWith(folder)) {
                    throw new IOException(archive + ": entry \"" + entry.getName() + "\" leads out of the archive");
                } else if (left < 0) {
                    throw new IOException(archive + ": unpacks to more than " + MOST_BYTES + " bytes");
                } else if (entry.isDirectory()) {
                    Files.createDirectories(target);
                } else if (entry.getLinkFlag() == TarConstants.LF_NORMAL
                        || entry.getLinkFlag() == TarConstants.LF_OLDNORM) {
                    Files.createDirectories(target.resolveSibling("."));
                    Files.copy(entries, target);
                } else {
                    throw new IOException(archive + ": entry \"" + entry.getName() + "\" is neither file nor folder");
                }
            }
        }
        return folder;
    }

    private static InputStream decompressed(Path archive, InputStream file) throws IOException {
        String name = String.valueOf(archive.getFileName());
        if (name.endsWith(".xz")) {
            return new XZCompressorInputStream(file);
        }
        return name.endsWith(".gz") || name.endsWith(".tgz") ? new GZIPInputStream(file) : file;
    }
}
