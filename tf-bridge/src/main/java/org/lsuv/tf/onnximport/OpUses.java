package org.lsuv.tf.onnximport;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.tf.onnximport.OpRegistry.OpName;

/**
 * Lists the operators that a model uses, sorted.
 *
 * @param uses one entry an operator
 */
public record OpUses(List<Use> uses) {
    public OpUses {
        uses = List.copyOf(uses);
    }

    /**
     * Says how a model uses an operator.
     *
     * @param name the operator
     * @param opset the version of the operator set of its domain in the model
     * @param nodes the number of nodes, those of subgraphs included
     * @param sinceVersion the since-version of the converter that handles it; empty if none does
     */
    public record Use(OpName name, long opset, int nodes, OptionalInt sinceVersion) {
        /** Tells whether there is a converter. */
        public boolean isSupported() {
            return sinceVersion.isPresent();
        }
    }

    /** Looks through a whole model. */
    public static OpUses of(OnnxModel model, OpRegistry registry) {
        Map<OpName, Integer> counts = new TreeMap<>();
        count(model.graph(), counts);
        List<Use> uses = new ArrayList<>();
        counts.forEach((name, nodes) -> {
            long opset = model.opset(name.domain()).orElse(1);
            uses.add(new Use(name, opset, nodes, registry.sinceVersion(name, opset)));
        });
        return new OpUses(uses);
    }

    private static void count(OnnxGraph graph, Map<OpName, Integer> counts) {
        for (OnnxNode node : graph.nodes()) {
            counts.merge(new OpName(node.domain(), node.opType()), 1, Integer::sum);
            node.attributes().allGraphs().forEach(inner -> count(inner, counts));
        }
    }
}
