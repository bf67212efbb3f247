package org.lsuv.tf.compare;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.OrtProbe;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;
import org.lsuv.tf.onnxexport.ExportOptions;
import org.lsuv.tf.onnxexport.OnnxExport;
import org.lsuv.tf.onnxexport.OnnxExporter;
import org.lsuv.tf.onnxexport.Order;
import org.lsuv.tf.onnximport.ImportOptions;
import org.lsuv.tf.onnximport.OnnxImporter;
import org.tensorflow.proto.NodeDef;

/**
 * Compares every value that a graph computes in TensorFlow with the same value in ONNX Runtime, be the graph imported
 * from ONNX or exported to it.
 */
public final class GraphCheck {
    /** Values are fetched in groups, so that not all activations are held at once: first in one of this size. */
    private static final int FIRST_GROUP = 16;

    /** Values may grow from one group to the next. */
    private static final int MOST_GROWTH = 4;

    private static final int LARGEST_GROUP = 1024;

    /** What the values of a group may take in each engine, in bytes; a new group costs both engines a new plan. */
    private static final long GROUP_BYTES =
            Math.min(1L << 30, Runtime.getRuntime().maxMemory() / 8);

    /** Operators whose result may be a small difference of large values: its rounding is that of the latter. */
    private static final Set<String> CANCELLING =
            Set.of("Add", "Sub", "Sum", "Mean", "ReduceSum", "ReduceMean", "GlobalAveragePool", "BatchNormalization");

    private static final double CANCELLATION = 1e-2;

    private final OnnxModel model;
    private final Map<String, OnnxTensor> inputs;
    private final TfModel graph;
    private final Map<String, Counterpart> counterparts;
    private final OrtProbe probe;
    private final TfRun run;
    private final Map<String, Double> magnitudes = new HashMap<>();
    private final List<ValueDifference> differences = new ArrayList<>();
    private final List<String> skipped = new ArrayList<>();

    private GraphCheck(
            OnnxModel model,
            Map<String, OnnxTensor> inputs,
            TfModel graph,
            Map<String, Counterpart> counterparts,
            OrtProbe probe,
            TfRun run) {
        this.model = model;
        this.inputs = inputs;
        this.graph = graph;
        this.counterparts = counterparts;
        this.probe = probe;
        this.run = run;
    }

    /**
     * Is the tensor that an ONNX value holds.
     *
     * @param order the order of its axes in the value, if not their own
     * @param name what the source calls it, and its maker, where that is not ONNX
     */
    private record Counterpart(TensorRef tensor, Optional<Order> order, Optional<Named> name) {
        OnnxTensor toValue(OnnxTensor tensorValue) {
            return order.map(value -> value.apply(tensorValue)).orElse(tensorValue);
        }

        OnnxTensor toTensor(OnnxTensor value) {
            return order.map(Order::inverse).map(tensor -> tensor.apply(value)).orElse(value);
        }
    }

    /** Is what the source calls a value. */
    private record Named(String value, ValueMaker maker) {}

    /**
     * Imports a model, runs both and compares. A value that differs is compared once more with its node given
     * ONNX Runtime's own inputs: rounding that earlier nodes have piled up, and that a normalisation may magnify,
     * is no difference of this node.
     *
     * @param inputs the values to run on, by input
     * @throws UnsupportedModelException if one of them cannot run the model on these inputs
     */
    public static CheckReport run(OnnxModel model, Map<String, OnnxTensor> inputs, TfOptions options) {
        Map<String, long[]> shapes = new HashMap<>();
        inputs.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
        TfModel imported = OnnxImporter.load(model, new ImportOptions(shapes));
        Map<String, Counterpart> counterparts = new HashMap<>();
        imported.values()
                .forEach((name, tensor) ->
                        counterparts.put(name, new Counterpart(tensor, Optional.empty(), Optional.empty())));
        return run(model, inputs, imported, counterparts, options);
    }

    /**
     * Exports a graph with its weights as they are, and compares in the same way.
     *
     * @param inputs the values to run on, by input
     * @throws UnsupportedModelException if the graph cannot be exported, or one of them cannot run on these inputs
     */
    public static CheckReport export(TfModel graph, Map<String, OnnxTensor> inputs, TfOptions options) {
        OnnxExport export = OnnxExporter.export(graph, ExportOptions.defaults());
        Map<TensorRef, String> names = graph.names();
        Map<String, NodeDef> operations = new HashMap<>();
        graph.graph().getNodeList().forEach(node -> operations.put(node.getName(), node));
        Map<String, Counterpart> counterparts = new HashMap<>();
        export.values().forEach((tensor, value) -> {
            Named name = named(names.getOrDefault(tensor, tensor.toString()), tensor, names, operations);
            counterparts.put(value.name(), new Counterpart(tensor, value.order(), Optional.of(name)));
        });
        graph.outputs().forEach((output, tensor) -> {
            Named name = named(output, tensor, names, operations);
            counterparts.put(output, new Counterpart(tensor, Optional.empty(), Optional.of(name)));
        });
        return run(export.model(), inputs, graph, counterparts, options);
    }

    private static Named named(
            String value, TensorRef tensor, Map<TensorRef, String> names, Map<String, NodeDef> operations) {
        NodeDef maker = Objects.requireNonNull(operations.get(tensor.op()));
        String called = names.getOrDefault(new TensorRef(tensor.op(), 0), tensor.op());
        return new Named(value, ValueMaker.of(called, maker));
    }

    private static CheckReport run(
            OnnxModel model,
            Map<String, OnnxTensor> inputs,
            TfModel graph,
            Map<String, Counterpart> counterparts,
            TfOptions options) {
        try (OrtProbe probe = OrtProbe.open(model, new OrtOptions(options.threads()));
                TfRun run = TfRun.open(graph.graph(), options)) {
            return new GraphCheck(model.inlined(), inputs, graph, counterparts, probe, run).compare();
        }
    }

    private CheckReport compare() {
        run.feedWeights(graph);
        graph.inputs().forEach(input -> run.feed(input.tensor(), given(input.name())));
        inputs.forEach((name, tensor) -> magnitudes.put(name, Agreement.magnitude(tensor)));
        List<Computed> computed = computed();
        int size = FIRST_GROUP;
        for (int from = 0; from < computed.size(); ) {
            int to = Math.min(from + size, computed.size());
            long bytes = compare(computed.subList(from, to));
            long fits = (to - from) * GROUP_BYTES / Math.max(bytes, 1);
            size = (int) Math.max(1, Math.min(Math.min(LARGEST_GROUP, (long) MOST_GROWTH * size), fits));
            from = to;
        }
        List<String> notes = new ArrayList<>(graph.notes());
        notes.addAll(probe.notes());
        return new CheckReport(differences, skipped, notes);
    }

    private record Computed(String value, OnnxNode node, Counterpart counterpart) {
        Named named() {
            return counterpart.name().orElseGet(() -> new Named(value, ValueMaker.of(node)));
        }
    }

    private List<Computed> computed() {
        List<Computed> computed = new ArrayList<>();
        for (OnnxNode node : model.graph().nodes()) {
            for (String value : node.outputs()) {
                Counterpart counterpart = counterparts.get(value);
                if (node.is("Dropout") && !value.equals(node.output(0))) {
                    skipped.add(value + ": the mask of a dropout, which is inactive here");
                } else if (counterpart != null && !probe.has(value)) {
                    skipped.add(value
                            + ": inside a function with an operator set of its own, which ONNX Runtime does not show");
                } else if (counterpart != null && !node.is("Constant")) {
                    computed.add(new Computed(value, node, counterpart));
                }
            }
        }
        return computed;
    }

    private OnnxTensor given(String name) {
        OnnxTensor value = inputs.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no values are given for input \"" + name + "\"");
        }
        return value;
    }

    /** Compares some values and returns how many bytes they have. */
    private long compare(List<Computed> group) {
        Map<String, OnnxTensor> expected =
                expected(group.stream().map(Computed::value).toList());
        List<OnnxTensor> found = run.fetch(
                group.stream().map(computed -> computed.counterpart().tensor()).toList());
        Map<Computed, Agreement> compared = new LinkedHashMap<>();
        for (int i = 0; i < group.size(); i++) {
            Computed computed = group.get(i);
            OnnxTensor reference = expected.get(computed.value());
            if (reference == null) {
                skipped.add(computed.named().value() + ": ONNX Runtime does not give it");
                continue;
            }
            magnitudes.put(computed.value(), Agreement.magnitude(reference));
            compared.put(computed, agreement(computed, reference, found.get(i)));
        }
        List<Computed> apart = compared.keySet().stream()
                .filter(computed -> isToRecompute(Objects.requireNonNull(compared.get(computed))))
                .toList();
        while (!apart.isEmpty()) {
            List<Computed> independent = independent(apart);
            compared.putAll(alone(independent, expected));
            apart = apart.stream()
                    .filter(computed -> !independent.contains(computed))
                    .toList();
        }
        compared.forEach((computed, agreement) -> differences.add(new ValueDifference(
                computed.named().value(),
                computed.named().maker(),
                agreement.error(),
                agreement.holds(),
                agreement.detail())));
        return found.stream()
                .filter(tensor -> tensor.type() != OnnxType.STRING)
                .mapToLong(OnnxTensor::byteCount)
                .sum();
    }

    private static boolean isToRecompute(Agreement agreement) {
        return !agreement.holds() && !Double.isInfinite(agreement.error());
    }

    /** Returns the first of some values and others that can be recomputed with it: none is what another's node reads. */
    private List<Computed> independent(List<Computed> values) {
        List<Computed> taken = new ArrayList<>();
        // Several values may be one tensor: what only passes another one on, say.
        Set<TensorRef> read = new HashSet<>();
        Set<TensorRef> made = new HashSet<>();
        for (Computed value : values) {
            List<TensorRef> operands =
                    operands(value.node()).stream().map(this::tensor).toList();
            TensorRef own = value.counterpart().tensor();
            if (operands.stream().noneMatch(made::contains) && !read.contains(own)) {
                taken.add(value);
                read.addAll(operands);
                made.add(own);
            }
        }
        return taken;
    }

    /** Returns the computed values that a node depends on, in its bodies as well, and that TensorFlow has, too. */
    private Set<String> operands(OnnxNode node) {
        Set<String> names = new LinkedHashSet<>();
        addOperands(node, names);
        return names;
    }

    private void addOperands(OnnxNode node, Set<String> names) {
        Stream.concat(
                        node.inputs().stream(),
                        node.attributes().allGraphs().stream().flatMap(body -> body.captured().stream()))
                .distinct()
                .forEach(name -> {
                    Optional<OnnxNode> producer = model.graph().producer(name).filter(found -> !found.is("Constant"));
                    if (producer.isPresent() && counterparts.containsKey(name)) {
                        names.add(name);
                    } else {
                        producer.ifPresent(found -> addOperands(found, names));
                    }
                });
    }

    private TensorRef tensor(String value) {
        return Objects.requireNonNull(counterparts.get(value)).tensor();
    }

    private Agreement agreement(Computed computed, OnnxTensor expected, OnnxTensor found) {
        return Agreement.of(expected, computed.counterpart().toValue(found), scale(computed, magnitudes));
    }

    /** Returns what ONNX Runtime computes; inputs that it refuses, such as an index out of range, are no bug here. */
    private Map<String, OnnxTensor> expected(List<String> values) {
        try {
            return probe.fetch(inputs, values);
        } catch (IllegalArgumentException refused) {
            throw new UnsupportedModelException(String.valueOf(refused.getMessage()), refused);
        }
    }

    /**
     * Compares values with what their nodes make of ONNX Runtime's inputs, none of which is among them. Inputs that are
     * not at hand are computed together with the values: with other outputs ONNX Runtime plans, and rounds, otherwise.
     */
    private Map<Computed, Agreement> alone(List<Computed> values, Map<String, OnnxTensor> atHand) {
        Set<String> names = new LinkedHashSet<>();
        values.forEach(value -> addOperands(value.node(), names));
        Map<String, OnnxTensor> reference = atHand;
        if (!atHand.keySet().containsAll(names)) {
            List<String> all = new ArrayList<>(names);
            values.forEach(value -> all.add(value.value()));
            reference = expected(all);
        }
        Map<String, OnnxTensor> given = new HashMap<>(reference);
        given.keySet().retainAll(names);
        Map<TensorRef, OnnxTensor> overrides = new HashMap<>();
        given.forEach((name, value) -> overrides.put(
                tensor(name), Objects.requireNonNull(counterparts.get(name)).toTensor(value)));
        List<OnnxTensor> found = run.fetch(
                values.stream().map(value -> value.counterpart().tensor()).toList(), overrides);
        Map<Computed, Agreement> compared = new LinkedHashMap<>();
        for (int i = 0; i < found.size(); i++) {
            OnnxTensor expected =
                    Objects.requireNonNull(reference.get(values.get(i).value()));
            compared.put(values.get(i), agreement(values.get(i), expected, found.get(i)));
        }
        return compared;
    }

    /**
     * Returns what errors of a value are measured against: its largest magnitude; where values may cancel,
     * not less than a hundredth of that of the node's inputs.
     */
    private static double scale(Computed computed, Map<String, Double> magnitudes) {
        double scale = magnitudes.getOrDefault(computed.value(), 0.0);
        List<String> cancelling =
                CANCELLING.contains(computed.node().opType()) ? computed.node().inputs() : List.of();
        for (String input : cancelling) {
            scale = Math.max(scale, CANCELLATION * magnitudes.getOrDefault(input, 0.0));
        }
        return scale == 0 ? 1 : scale;
    }
}
