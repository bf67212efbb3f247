package org.lsuv.tf.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Finds the cases of ONNX's backend suite: folders with a {@code model.onnx} and data sets, and the
 * topologies in {@code light}, at any depth that the suite or a package of it has.
 *
 * @param place the folder or archive
 * @param cases the cases, sorted by name
 */
record BackendSuite(Path place, List<BackendCase> cases) {
    private static final int DEPTH = 6;

    /**
     * Finds the suites that {@code -Donnx.tests} names: folders or archives, with commas between them.
     * Relative paths start at the project's root.
     *
     * @param temporary where archives are unpacked
     */
    static List<BackendSuite> of(String tests, Path temporary) throws IOException {
        Path root = Path.of(System.getProperty("lsuv.root", "."));
        List<BackendSuite> suites = new ArrayList<>();
        for (String test : Arrays.stream(tests.split(",")).map(String::strip).toList()) {
            Path path = root.resolve(test);
            if (!Files.exists(path)) {
                throw new IOException("-Donnx.tests: " + path + ": no such file or folder");
            }
            List<BackendCase> found = in(
                    Files.isDirectory(path)
                            ? path
                            : CaseArchive.unpack(path, Files.createTempDirectory(temporary, "suite")));
            if (found.isEmpty()) {
                throw new IOException("-Donnx.tests: " + path + " holds no CASE/model.onnx");
            }
            suites.add(new BackendSuite(path.normalize(), found));
        }
        return suites;
    }

    private static List<BackendCase> in(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder, DEPTH)) {
            return files.filter(BackendSuite::isModel)
                    .map(BackendCase::new)
                    .sorted(Comparator.comparing(BackendCase::name))
                    .toList();
        }
    }

    private static boolean isModel(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.equals("model.onnx")
                || (name.startsWith("light_") && name.endsWith(".onnx") && Files.isRegularFile(file));
    }
}
