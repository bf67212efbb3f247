package org.lsuv.tf;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Rewrites a graph: adds operations to a copy of it, then lets the readers of some tensors read others.
 * TensorFlow's own graphs only grow, so the edges are changed in the exported definition.
 */
public final class GraphRewrite implements AutoCloseable {
    private static final String REPLACED = ".replaced";

    private final Graph graph = new Graph();
    private final Ops tf;
    private final Map<TensorRef, Redirection> redirections = new HashMap<>();
    private final Map<String, String> replacements = new HashMap<>();
    private final Set<String> given = new HashSet<>();

    private record Redirection(TensorRef to, Set<String> exemptScopes) {
        boolean holdsFor(String node) {
            return exemptScopes.stream().noneMatch(node::startsWith);
        }
    }

    /** Starts from a copy of a graph. */
    public GraphRewrite(GraphDef definition) {
        try {
            graph.importGraphDef(definition);
        } catch (RuntimeException failure) {
            graph.close();
            throw failure;
        }
        definition.getNodeList().forEach(node -> given.add(node.getName()));
        this.tf = Ops.create(graph);
    }

    /** Returns the builder that adds operations to the copy. */
    public Ops tf() {
        return tf;
    }

    /** Returns a tensor of the graph as an operand. */
    public Output<?> operand(TensorRef tensor) {
        return graph.operationOrThrow(tensor.op()).output(tensor.index());
    }

    /** Returns how many outputs an operation of the graph has. */
    public int outputs(String op) {
        return graph.operationOrThrow(op).numOutputs();
    }

    /**
     * Lets every reader of a tensor read another one, except the operations whose names start with a
     * scope: those that compute the replacement. Of several replacements the last holds, and all that compute one read
     * the tensor itself.
     */
    public void redirect(TensorRef from, Operand<?> to, String exemptScope) {
        Set<String> scopes = new HashSet<>(Set.of(exemptScope));
        Redirection before = redirections.get(from);
        if (before != null) {
            scopes.addAll(before.exemptScopes());
        }
        redirections.put(from, new Redirection(TensorRef.of(to), scopes));
    }

    /**
     * Lets another tensor take the place of an operation's first result: for its readers, and under its name, so that
     * it may be fetched as before. What computes the replacement must not read that result. The operation itself, and
     * with it further results that others read, gets another name.
     *
     * @param op the name of the operation
     * @param by a tensor of the same type and shape
     */
    public void replace(String op, Operand<?> by) {
        replacements.put(op, tf.withName(op + REPLACED).identity(by).op().name());
    }

    /**
     * Returns what some results of the rewritten graph need of it, and all placeholders, since any may be fed.
     *
     * @param results what will be fetched
     */
    public GraphDef finish(Collection<TensorRef> results) {
        GraphDef whole = finish();
        Map<String, NodeDef> nodes = new HashMap<>();
        whole.getNodeList().forEach(node -> nodes.put(node.getName(), node));
        Set<String> needed = new HashSet<>();
        Deque<String> open = new ArrayDeque<>();
        results.forEach(result -> open.add(result.op()));
        while (!open.isEmpty()) {
            String name = open.remove();
            if (needed.add(name)) {
                Objects.requireNonNull(nodes.get(name)).getInputList().stream()
                        .map(input -> input.startsWith("^")
                                ? input.substring(1)
                                : TensorRef.parse(input).op())
                        .forEach(open::add);
            }
        }
        GraphDef.Builder pruned = whole.toBuilder().clearNode();
        whole.getNodeList().stream()
                .filter(node -> needed.contains(node.getName()) || node.getOp().equals("Placeholder"))
                .forEach(pruned::addNode);
        return pruned.build();
    }

    /** Returns the rewritten graph. */
    public GraphDef finish() {
        GraphDef.Builder rewritten = graph.toGraphDef().toBuilder();
        for (NodeDef.Builder node : rewritten.getNodeBuilderList()) {
            for (int i = 0; i < node.getInputCount(); i++) {
                String input = node.getInput(i);
                if (input.startsWith("^")) {
                    continue;
                }
                Redirection redirection = redirections.get(TensorRef.parse(input));
                if (redirection != null && redirection.holdsFor(node.getName())) {
                    node.setInput(i, redirection.to().toString());
                }
            }
        }
        rename(rewritten);
        SharedNodes.share(rewritten, given);
        return rewritten.build();
    }

    /** Exchanges the names of what is replaced and of what replaces it; readers of a first result stay as they are. */
    private void rename(GraphDef.Builder rewritten) {
        Map<String, String> names = new HashMap<>();
        replacements.forEach((op, by) -> {
            names.put(op, by);
            names.put(by, op);
        });
        for (NodeDef.Builder node : rewritten.getNodeBuilderList()) {
            node.setName(names.getOrDefault(node.getName(), node.getName()));
            for (int i = 0; i < node.getInputCount(); i++) {
                TensorRef input = TensorRef.parse(node.getInput(i));
                if (input.index() > 0 && replacements.containsKey(input.op())) {
                    node.setInput(i, new TensorRef(replacements.get(input.op()), input.index()).toString());
                }
            }
        }
    }

    @Override
    public void close() {
        graph.close();
    }
}
