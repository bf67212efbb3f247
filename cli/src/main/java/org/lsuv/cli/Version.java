package org.lsuv.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** Knows the versions that the tool was built with, so that none of them has to be loaded to say so. */
final class Version implements IVersionProvider {
    private final Properties versions = new Properties();

    Version() {
        try (InputStream resource =
                Objects.requireNonNull(Version.class.getResourceAsStream("version.properties"), "version.properties")) {
            versions.load(resource);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    String tool() {
        return versions.getProperty("tool", "");
    }

    String onnxRuntime() {
        return versions.getProperty("onnxruntime", "");
    }

    /** Returns what a result may depend on: versions by what they are versions of. */
    Map<String, String> list() {
        Map<String, String> list = new LinkedHashMap<>();
        list.put("lsuv-init", tool());
        list.put("TensorFlow Java", versions.getProperty("tensorflow", ""));
        list.put("ONNX Runtime", onnxRuntime());
        list.put(
                "Java",
                System.getProperty("java.version") + " (" + System.getProperty("os.name") + ", "
                        + System.getProperty("os.arch") + ")");
        return list;
    }

    @Override
    public String[] getVersion() {
        return list().entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .toArray(String[]::new);
    }
}
