package org.lsuv.tf.onnxexport;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.OpDefinitions;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;
import org.lsuv.tf.TfTypes;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.OpDef;

/** Computes what inputs and weights have no influence on, in TensorFlow itself and in one run. */
final class GraphConstants {
    /** What a constant may take that the graph does not store but computes, in elements. */
    private static final long MAX_COMPUTED = 1L << 24;

    private final Map<TensorRef, OnnxTensor> values = new HashMap<>();
    private final Set<String> inner = new HashSet<>();
    private final KnownShapes shapes;

    private GraphConstants(KnownShapes shapes) {
        this.shapes = shapes;
    }

    /** Finds and computes the constants of a graph. */
    static GraphConstants of(TfGraph graph) {
        return of(graph, Map.of());
    }

    /**
     * Finds and computes the constants of a graph.
     *
     * @param given the values of those arguments that are constant
     */
    static GraphConstants of(TfGraph graph, Map<TensorRef, OnnxTensor> given) {
        GraphConstants constants = new GraphConstants(new KnownShapes(graph));
        Set<String> constant = new HashSet<>();
        Map<TensorRef, OnnxTensor> stored = constants.run(graph, constants.stored(graph));
        stored.forEach(constants::remember);
        Map<TensorRef, OnnxTensor> sizes = new LinkedHashMap<>(given);
        given.forEach((tensor, value) -> {
            constants.remember(tensor, value);
            constant.add(tensor.op());
        });
        Set<TensorRef> wanted = new LinkedHashSet<>();
        for (TfNode node : graph.nodes().values()) {
            constants.shapes.follow(node);
            Optional<OnnxTensor> size = constants.size(node);
            boolean all = constant.contains(node.name()) || size.isPresent() || isConstant(node, constant);
            size.ifPresent(value -> sizes.put(node.output(0), value));
            if (all) {
                constant.add(node.name());
            } else {
                node.inputs().stream()
                        .filter(input -> constant.contains(input.op()))
                        .forEach(wanted::add);
            }
        }
        graph.outputs().stream()
                .filter(tensor -> constant.contains(tensor.op()))
                .forEach(wanted::add);
        sizes.forEach(constants::remember);
        Set<TensorRef> read = Set.copyOf(wanted);
        wanted.removeAll(constants.values.keySet());
        wanted.removeIf(tensor -> !isSmall(graph, tensor));
        constants.run(graph, sizes, wanted).forEach(constants::remember);
        // What only constants read is folded into them; what could not be computed is left to the engine.
        boolean complete = constants.values.keySet().containsAll(read);
        constant.stream()
                .filter(name -> complete || constants.values.containsKey(new TensorRef(name, 0)))
                .forEach(constants.inner::add);
        return constants;
    }

    private Set<TensorRef> stored(TfGraph graph) {
        Set<TensorRef> stored = new LinkedHashSet<>();
        graph.nodes().values().stream()
                .filter(node -> node.op().equals("Const") && isSmall(graph, node.output(0)))
                .forEach(node -> stored.add(node.output(0)));
        return stored;
    }

    private static boolean isConstant(TfNode node, Set<String> constant) {
        return node.op().equals("Const")
                || (!node.inputs().isEmpty()
                        && OpDefinitions.find(node.op())
                                .filter(OpDef::getIsStateful)
                                .isEmpty()
                        && node.inputs().stream().allMatch(input -> constant.contains(input.op())));
    }

    private Optional<OnnxTensor> size(TfNode node) {
        return node.op().equals("Const")
                ? Optional.empty()
                : shapes.of(node.output(0))
                        .filter(KnownShapes.Sizes::isComplete)
                        .map(sizes -> OnnxTensor.ofIntegers(
                                node.name(), TfTypes.onnxType(node.types().get(0)), sizes.shape(), sizes.values()));
    }

    /** Tells whether a tensor can be fetched: a number or text, and not one that fills the memory. */
    private static boolean isSmall(TfGraph graph, TensorRef tensor) {
        Shape shape = graph.shape(tensor);
        return switch (graph.type(tensor)) {
            case DT_FLOAT, DT_DOUBLE, DT_INT32, DT_INT64, DT_BOOL, DT_UINT8, DT_HALF, DT_BFLOAT16 ->
                shape.isUnknown()
                        || shape.hasUnknownDimension()
                        || shape.size() <= MAX_COMPUTED
                        || isStored(graph, tensor);
            case DT_STRING -> true;
            default -> false;
        };
    }

    private static boolean isStored(TfGraph graph, TensorRef tensor) {
        return graph.node(tensor).op().equals("Const");
    }

    private Map<TensorRef, OnnxTensor> run(TfGraph graph, Set<TensorRef> wanted) {
        return run(graph, Map.of(), wanted);
    }

    private Map<TensorRef, OnnxTensor> run(TfGraph graph, Map<TensorRef, OnnxTensor> given, Set<TensorRef> wanted) {
        Map<TensorRef, OnnxTensor> results = new LinkedHashMap<>();
        if (wanted.isEmpty()) {
            return results;
        }
        try (TfRun run = TfRun.open(graph.definition(), TfOptions.defaults())) {
            List<TensorRef> all = new ArrayList<>(wanted);
            try {
                List<OnnxTensor> found = run.fetch(all, given);
                for (int i = 0; i < found.size(); i++) {
                    results.put(all.get(i), found.get(i));
                }
            } catch (UnsupportedModelException oneCannotBeComputed) {
                for (TensorRef tensor : all) {
                    alone(run, tensor, given).ifPresent(value -> results.put(tensor, value));
                }
            }
        }
        return results;
    }

    /** What fails here fails at run time only if that part of the graph is needed. */
    private static Optional<OnnxTensor> alone(TfRun run, TensorRef tensor, Map<TensorRef, OnnxTensor> given) {
        try {
            return Optional.of(run.fetch(List.of(tensor), given).get(0));
        } catch (UnsupportedModelException notBeforeTheGraphRuns) {
            return Optional.empty();
        }
    }

    private void remember(TensorRef tensor, OnnxTensor value) {
        values.put(tensor, value);
        shapes.put(tensor, value);
    }

    /** Tells whether an operation need not be written, as constants hold what is read of it. */
    boolean covers(TfNode node) {
        return inner.contains(node.name());
    }

    /** Returns the value of a tensor that is constant. */
    Optional<OnnxTensor> value(TensorRef tensor) {
        return Optional.ofNullable(values.get(tensor));
    }

    /** Returns what is known of the elements of a tensor of integers. */
    Optional<KnownShapes.Sizes> sizes(TensorRef tensor) {
        return shapes.of(tensor);
    }
}
