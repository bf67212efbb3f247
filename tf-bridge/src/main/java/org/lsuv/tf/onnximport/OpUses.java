package org.lsuv.tf.onnximport;

import java.util.Comparator;
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
 * @param uses one entry for each operator and version of its operator set
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

    private record Version(OpName name, long opset) {}

    /** Looks through a whole model, bodies of local functions where they are called included. */
    public static OpUses of(OnnxModel model, OpRegistry registry) {
        Map<Version, Integer> counts =
                new TreeMap<>(Comparator.comparing(Version::name).thenComparing(Version::opset));
        OnnxModel whole = model.inlined();
        count(whole, whole.graph(), counts);
        return new OpUses(counts.entrySet().stream()
                .map(entry -> use(entry.getKey(), entry.getValue(), registry))
                .toList());
    }

    private static void count(OnnxModel model, OnnxGraph graph, Map<Version, Integer> counts) {
        for (OnnxNode node : graph.nodes()) {
            long opset = model.opset(node);
            counts.merge(new Version(new OpName(node.domain(), node.opType()), opset), 1, Integer::sum);
            node.attributes().allGraphs().forEach(inner -> count(model, inner, counts));
        }
    }

    private static Use use(Version version, int nodes, OpRegistry registry) {
        return new Use(version.name(), version.opset(), nodes, registry.sinceVersion(version.name(), version.opset()));
    }
}
