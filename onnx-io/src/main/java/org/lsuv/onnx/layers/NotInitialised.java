package org.lsuv.onnx.layers;

import java.util.ArrayList;
import java.util.List;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;

/**
 * Describes a stored tensor that looks like a weight, but that no layer takes its weight or bias from.
 *
 * @param name the name of the tensor
 * @param shape its shape
 * @param reason why it is left alone, as part of a sentence
 */
public record NotInitialised(String name, List<Long> shape, String reason) {
    public NotInitialised {
        shape = List.copyOf(shape);
    }

    /** Returns how reasons call a node: {@code If "choice"}. */
    public static String label(OnnxNode node) {
        return node.opType() + " \"" + (node.name().isEmpty() ? node.firstOutput() : node.name()) + "\"";
    }

    /** Returns what a branch of an If stores, and what it reads of the graph around it, where it is never taken. */
    public static List<NotInitialised> inBranch(OnnxGraph graph, OnnxNode choice, String branch) {
        OnnxGraph body = choice.attributes().requireGraph(branch);
        String reason = "is read in the " + branch + " of " + label(choice) + " alone, which this batch does not take";
        List<NotInitialised> found = new ArrayList<>(RemainingWeights.inside(body, reason));
        found.addAll(RemainingWeights.read(graph, body, reason));
        return found;
    }
}
