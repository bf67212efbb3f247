package org.lsuv.onnx.runtime;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.UnsupportedModelException;

/** Knows the nodes with which ONNX Runtime 1.29 reads memory that is not there, which ends the process. */
final class FatalNodes {
    private FatalNodes() {}

    /**
     * Checks a model that is to run.
     *
     * @throws UnsupportedModelException if it has such a node at any depth
     */
    static void refuse(OnnxModel model) {
        find(model.allGraphs()).ifPresent(node -> {
            throw new UnsupportedModelException(model.label() + ": " + node.describe()
                    + ": ONNX Runtime crashes on an attention without a bias; give the node a bias of zeros");
        });
    }

    private static Optional<OnnxNode> find(List<OnnxGraph> graphs) {
        return graphs.stream()
                .flatMap(graph -> graph.nodes().stream())
                .flatMap(node ->
                        isFatal(node) ? Stream.of(node) : find(node.attributes().allGraphs()).stream())
                .findFirst();
    }

    /** The standard makes the bias optional; the kernel for the processor reads it all the same, in every form. */
    private static boolean isFatal(OnnxNode node) {
        return node.domain().equals("com.microsoft")
                && node.opType().equals("Attention")
                && node.input(2).isEmpty();
    }
}
