package org.lsuv.onnx.measured;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.lsuv.onnx.BodyRun;
import org.lsuv.onnx.ModelExtension;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.runtime.BatchPieces;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.OrtProbe;

/**
 * Asks ONNX Runtime which way a batch takes through nodes of the main graph that have bodies.
 *
 * @param runs what runs how often
 * @param refused why nothing can be said of other nodes, or nothing runs in them
 */
record BodyPath(List<BodyRun> runs, Map<OnnxNode, String> refused) {
    BodyPath {
        runs = List.copyOf(runs);
        refused = Map.copyOf(refused);
    }

    /**
     * Follows the batch through some nodes.
     *
     * @throws UnsupportedModelException if ONNX Runtime cannot run the model on this batch
     */
    static BodyPath of(
            OnnxModel model, List<OnnxNode> nodes, List<Map<String, OnnxTensor>> pieces, OrtOptions options) {
        ModelExtension extension = ModelExtension.of(model);
        Map<OnnxNode, String> values = new LinkedHashMap<>();
        for (OnnxNode node : nodes) {
            values.put(
                    node,
                    switch (node.opType()) {
                        case "If" -> node.input(0);
                        case "Loop" -> extension.countIterations(node);
                        default -> extension.node("Shape", scanned(node)).add();
                    });
        }
        Map<OnnxNode, Set<Long>> found = new LinkedHashMap<>();
        try (OrtProbe probe = OrtProbe.open(BatchPieces.opened(extension.whole(), pieces), options)) {
            for (Map<String, OnnxTensor> piece : pieces) {
                Map<String, OnnxTensor> fetched = probe.fetch(piece, new HashSet<>(values.values()));
                values.forEach((node, value) -> found.computeIfAbsent(node, key -> new LinkedHashSet<>())
                        .add(read(node, Objects.requireNonNull(fetched.get(value)))));
            }
        } catch (IllegalArgumentException refused) {
            throw new UnsupportedModelException(String.valueOf(refused.getMessage()), refused);
        }
        List<BodyRun> runs = new ArrayList<>();
        Map<OnnxNode, String> refused = new LinkedHashMap<>();
        found.forEach((node, counts) -> {
            long count = counts.iterator().next();
            if (counts.size() > 1) {
                refused.put(node, "pieces of the batch take different ways through it");
            } else if (node.is("If")) {
                runs.add(new BodyRun(node, count == 0 ? "else_branch" : "then_branch", 1));
            } else if (count < 1 || count > Integer.MAX_VALUE) {
                refused.put(node, "it runs " + count + " times");
            } else {
                runs.add(new BodyRun(node, "body", (int) count));
            }
        });
        return new BodyPath(runs, refused);
    }

    /** Returns the first input of a Scan that is taken apart. */
    private static String scanned(OnnxNode scan) {
        long slices = scan.attributes().requireInt("num_scan_inputs");
        return scan.input(Math.toIntExact(scan.inputs().size() - slices));
    }

    private static long read(OnnxNode node, OnnxTensor value) {
        return switch (node.opType()) {
            case "If" -> value.toLongs()[0];
            case "Loop" -> value.shape()[0];
            default -> {
                long[] axes = node.attributes().ints("scan_input_axes").orElse(new long[] {0});
                long[] shape = value.toLongs();
                yield shape[Math.floorMod((int) axes[0], shape.length)];
            }
        };
    }
}
