package org.lsuv.onnx.measured;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsuv.onnx.BodyRun;
import org.lsuv.onnx.BodyUnrolling;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.layers.InnerWeights;
import org.lsuv.onnx.layers.NotInitialised;
import org.lsuv.onnx.runtime.OrtOptions;

/**
 * Puts bodies that hold weights into the main graph, as the batch runs through them: of an If the branch that is taken,
 * of a Loop or Scan one copy of the body for each iteration. All copies share their weights.
 */
public final class UnrolledBodies {
    /** The nodes that unrolling may add: as many as TensorFlow takes in seconds. */
    private static final long MAX_NODES = 20_000;

    private final BodyUnrolling unrolling;
    private final List<Map<String, OnnxTensor>> pieces;
    private final OrtOptions options;
    private final Map<String, String> refused = new LinkedHashMap<>();
    private final Map<String, List<NotInitialised>> notTaken = new LinkedHashMap<>();
    private final Set<String> taken = new HashSet<>();
    private final List<String> path = new ArrayList<>();
    private long nodes;

    private UnrolledBodies(OnnxModel model, List<Map<String, OnnxTensor>> pieces, OrtOptions options) {
        this.unrolling = BodyUnrolling.of(model);
        this.pieces = pieces;
        this.options = options;
    }

    /**
     * Unrolls bodies, and those inside them. What ONNX Runtime cannot run stays as it is, and {@link #notes} says so.
     *
     * @param pieces the batch, one tensor an input and piece
     */
    public static UnrolledBodies of(OnnxModel model, List<Map<String, OnnxTensor>> pieces, OrtOptions options) {
        UnrolledBodies bodies = new UnrolledBodies(model, pieces, options);
        List<OnnxNode> open = bodies.open();
        while (!open.isEmpty()) {
            bodies.unroll(open);
            open = bodies.open();
        }
        return bodies;
    }

    /** Tells whether a model has bodies to unroll: others need no batch for it. */
    public static boolean areIn(OnnxModel model) {
        return !InnerWeights.of(model.graph()).holders().isEmpty();
    }

    private List<OnnxNode> open() {
        return InnerWeights.of(model().graph()).holders().stream()
                .filter(node -> !refused.containsKey(node.firstOutput()))
                .toList();
    }

    private void unroll(List<OnnxNode> holders) {
        List<OnnxNode> known = new ArrayList<>();
        for (OnnxNode node : holders) {
            if (!node.function().isEmpty() || (node.is("Scan") && model().opset(node) < 9)) {
                refuse(node, "a Scan of version 8 or in a local function is not taken apart");
            } else {
                known.add(node);
            }
        }
        if (known.isEmpty()) {
            return;
        }
        List<BodyRun> runs = new ArrayList<>();
        try {
            BodyPath found = BodyPath.of(model(), known, pieces, options);
            found.refused().forEach(this::refuse);
            found.runs().stream().filter(this::isSmall).forEach(runs::add);
        } catch (UnsupportedModelException problem) {
            known.forEach(node -> refuse(node, String.valueOf(problem.getMessage())));
        }
        runs.forEach(this::note);
        unrolling.unroll(runs);
    }

    private boolean isSmall(BodyRun run) {
        long size = run.times() * size(run.body());
        if (nodes + size > MAX_NODES) {
            refuse(run.node(), "its " + run.times() + " iterations would be " + size + " nodes");
            return false;
        }
        nodes += size;
        return true;
    }

    private static long size(OnnxGraph body) {
        return body.nodes().stream()
                .mapToLong(node -> 1
                        + node.attributes().allGraphs().stream()
                                .mapToLong(UnrolledBodies::size)
                                .sum())
                .sum();
    }

    private void note(BodyRun run) {
        OnnxNode node = run.node();
        taken.add(unrolling.place(node, run.attribute()));
        if (node.is("If")) {
            String other = run.attribute().equals("then_branch") ? "else_branch" : "then_branch";
            notTaken.put(unrolling.place(node, other), NotInitialised.inBranch(model().graph(), node, other));
        }
        path.add(NotInitialised.label(node)
                + (node.is("If") ? " takes its " + run.attribute() : " runs " + run.times() + " times"));
    }

    private void refuse(OnnxNode node, String reason) {
        refused.put(node.firstOutput(), NotInitialised.label(node) + " keeps its weights: " + reason);
    }

    /** Returns the same network with these bodies unrolled. It is for measuring, not for writing. */
    public OnnxModel model() {
        return unrolling.model();
    }

    /** Returns which way the batch takes, a line for each node, those of copies included. */
    public List<String> path() {
        return List.copyOf(path);
    }

    /** Returns why bodies with weights stay as they are, a line for each. */
    public List<String> notes() {
        return List.copyOf(refused.values());
    }

    /** Returns the weights that only branches read which the batch never takes. */
    public List<NotInitialised> notTaken() {
        return notTaken.entrySet().stream()
                .filter(entry -> !taken.contains(entry.getKey()))
                .flatMap(entry -> entry.getValue().stream())
                .distinct()
                .toList();
    }

    /**
     * Returns the model as it was given, with new values for weights of {@link #model}.
     *
     * @throws IllegalArgumentException if a name is no weight, or type or shape differ
     */
    public OnnxModel withWeights(Map<String, OnnxTensor> changed) {
        return unrolling.withWeights(changed);
    }
}
