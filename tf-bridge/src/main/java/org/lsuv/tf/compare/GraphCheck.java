package org.lsuv.tf.compare;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.OrtProbe;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;
import org.lsuv.tf.onnximport.ImportOptions;
import org.lsuv.tf.onnximport.OnnxImporter;

/** Compares every value that an imported graph computes with the same value in ONNX Runtime. */
public final class GraphCheck {
    /** Values are fetched in groups, so that not all activations are held at once: first in one of this size. */
    private static final int FIRST_GROUP = 64;

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
    private final TfModel imported;
    private final OrtProbe probe;
    private final TfRun run;
    private final Map<String, Double> magnitudes = new HashMap<>();
    private final List<ValueDifference> differences = new ArrayList<>();
    private final List<String> skipped = new ArrayList<>();

    private GraphCheck(OnnxModel model, Map<String, OnnxTensor> inputs, TfModel imported, OrtProbe probe, TfRun run) {
        this.model = model;
        this.inputs = inputs;
        this.imported = imported;
        this.probe = probe;
        this.run = run;
    }

    /**
     * Runs both and compares. A value that differs is compared once more with its node given ONNX Runtime's
     * own inputs: rounding that earlier nodes have piled up, and that a normalisation may magnify, is no
     * difference of this node.
     *
     * @param inputs the values to run on, by input
     * @throws UnsupportedModelException if one of them cannot run the model on these inputs
     */
    public static CheckReport run(OnnxModel model, Map<String, OnnxTensor> inputs, TfOptions options) {
        Map<String, long[]> shapes = new HashMap<>();
        inputs.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
        TfModel imported = OnnxImporter.load(model, new ImportOptions(shapes));
        try (OrtProbe probe = OrtProbe.open(model, new OrtOptions(options.threads()));
                TfRun run = TfRun.open(imported.graph(), options)) {
            return new GraphCheck(model.inlined(), inputs, imported, probe, run).compare();
        }
    }

    private CheckReport compare() {
        run.feedWeights(imported);
        imported.inputs().forEach(input -> run.feed(input.tensor(), given(input.name())));
        inputs.forEach((name, tensor) -> magnitudes.put(name, magnitude(tensor)));
        List<Computed> computed = computed();
        int size = FIRST_GROUP;
        for (int from = 0; from < computed.size(); ) {
            int to = Math.min(from + size, computed.size());
            long bytes = compare(computed.subList(from, to));
            size = (int) Math.max(1, Math.min(LARGEST_GROUP, (to - from) * GROUP_BYTES / Math.max(bytes, 1)));
            from = to;
        }
        List<String> notes = new ArrayList<>(imported.notes());
        notes.addAll(probe.notes());
        return new CheckReport(differences, skipped, notes);
    }

    private record Computed(String value, OnnxNode node, TensorRef tensor) {}

    private List<Computed> computed() {
        List<Computed> computed = new ArrayList<>();
        for (OnnxNode node : model.graph().nodes()) {
            for (String value : node.outputs()) {
                TensorRef tensor = imported.values().get(value);
                if (node.is("Dropout") && !value.equals(node.output(0))) {
                    skipped.add(value + ": the mask of a dropout, which is inactive here");
                } else if (tensor != null && !probe.has(value)) {
                    skipped.add(value
                            + ": inside a function with an operator set of its own, which ONNX Runtime does not show");
                } else if (tensor != null && !node.is("Constant")) {
                    computed.add(new Computed(value, node, tensor));
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
        List<OnnxTensor> found = run.fetch(group.stream().map(Computed::tensor).toList());
        Map<Computed, ValueDifference> compared = new LinkedHashMap<>();
        for (int i = 0; i < group.size(); i++) {
            Computed computed = group.get(i);
            OnnxTensor reference = expected.get(computed.value());
            if (reference == null) {
                skipped.add(computed.value() + ": ONNX Runtime does not give it");
                continue;
            }
            magnitudes.put(computed.value(), magnitude(reference));
            compared.put(computed, difference(computed, reference, found.get(i)));
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
        differences.addAll(compared.values());
        return found.stream()
                .filter(tensor -> tensor.type() != OnnxType.STRING)
                .mapToLong(OnnxTensor::byteCount)
                .sum();
    }

    private static boolean isToRecompute(ValueDifference difference) {
        return !difference.agrees() && !Double.isInfinite(difference.error());
    }

    /** Returns the first of some values and others that can be recomputed with it: none is what another's node reads. */
    private List<Computed> independent(List<Computed> values) {
        List<Computed> taken = new ArrayList<>();
        // Several values may be one tensor: what only passes another one on, say.
        Set<TensorRef> read = new HashSet<>();
        Set<TensorRef> made = new HashSet<>();
        for (Computed value : values) {
            List<TensorRef> inputs = inputs(value.node()).stream()
                    .map(imported.values()::get)
                    .filter(Objects::nonNull)
                    .toList();
            if (inputs.stream().noneMatch(made::contains) && !read.contains(value.tensor())) {
                taken.add(value);
                read.addAll(inputs);
                made.add(value.tensor());
            }
        }
        return taken;
    }

    /** Returns the values that a node reads, in its bodies as well, as far as other nodes compute them. */
    private List<String> inputs(OnnxNode node) {
        return Stream.concat(
                        node.inputs().stream(),
                        node.attributes().allGraphs().stream().flatMap(body -> body.captured().stream()))
                .distinct()
                .filter(name -> model.graph()
                        .producer(name)
                        .filter(producer -> !producer.is("Constant"))
                        .isPresent())
                .toList();
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
    private Map<Computed, ValueDifference> alone(List<Computed> values, Map<String, OnnxTensor> atHand) {
        Set<String> names = new LinkedHashSet<>();
        values.forEach(value -> names.addAll(inputs(value.node())));
        Map<String, OnnxTensor> reference = atHand;
        if (!atHand.keySet().containsAll(names)) {
            List<String> all = new ArrayList<>(names);
            values.forEach(value -> all.add(value.value()));
            reference = expected(all);
        }
        Map<String, OnnxTensor> given = new HashMap<>(reference);
        given.keySet().retainAll(names);
        Map<TensorRef, OnnxTensor> overrides = new HashMap<>();
        given.forEach((name, value) -> {
            TensorRef tensor = imported.values().get(name);
            if (tensor != null) {
                overrides.put(tensor, value);
            }
        });
        List<OnnxTensor> found = run.fetch(values.stream().map(Computed::tensor).toList(), overrides);
        Map<Computed, ValueDifference> compared = new LinkedHashMap<>();
        for (int i = 0; i < found.size(); i++) {
            OnnxTensor expected =
                    Objects.requireNonNull(reference.get(values.get(i).value()));
            compared.put(values.get(i), difference(values.get(i), expected, found.get(i)));
        }
        return compared;
    }

    private static double magnitude(OnnxTensor tensor) {
        if (!tensor.type().isFloating()) {
            return 0;
        }
        double largest = 0;
        for (double value : tensor.toDoubles()) {
            if (Double.isFinite(value)) {
                largest = Math.max(largest, Math.abs(value));
            }
        }
        return largest;
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

    private ValueDifference difference(Computed computed, OnnxTensor expected, OnnxTensor found) {
        String shapes = "ONNX Runtime has " + expected.type().label() + OnnxShape.text(expected.shape())
                + ", TensorFlow " + found.type().label() + OnnxShape.text(found.shape());
        boolean strings = expected.type() == OnnxType.STRING;
        if (!OnnxShape.text(expected.shape()).equals(OnnxShape.text(found.shape()))
                || strings != (found.type() == OnnxType.STRING)) {
            return new ValueDifference(computed.value(), computed.node(), Double.POSITIVE_INFINITY, false, shapes);
        }
        if (strings) {
            boolean same = expected.strings().equals(found.strings());
            return new ValueDifference(
                    computed.value(),
                    computed.node(),
                    same ? 0 : Double.POSITIVE_INFINITY,
                    same,
                    same ? "" : "strings differ");
        }
        // TensorFlow carries unsigned 64-bit integers as the same bits of signed ones.
        boolean sameBits = expected.type() == OnnxType.UINT64 && found.type() == OnnxType.INT64;
        double[] values = (sameBits ? found.reinterpreted(OnnxType.UINT64) : found).toDoubles();
        return difference(computed, expected.type(), expected.toDoubles(), values, scale(computed, magnitudes));
    }

    private static ValueDifference difference(
            Computed computed, OnnxType type, double[] expected, double[] found, double scale) {
        double worst = 0;
        int where = 0;
        for (int i = 0; i < expected.length; i++) {
            double error = Double.compare(expected[i], found[i]) == 0 || expected[i] == found[i]
                    ? 0
                    : Math.abs(expected[i] - found[i]) / scale;
            if (error > worst || Double.isNaN(error)) {
                worst = Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
                where = i;
            }
        }
        boolean agrees = worst <= tolerance(type);
        String detail = agrees
                ? ""
                : String.format(
                        Locale.ROOT,
                        "element %d: ONNX Runtime has %s, TensorFlow %s (error %.2g of the largest magnitude)",
                        where,
                        expected[where],
                        found[where],
                        worst);
        return new ValueDifference(computed.value(), computed.node(), worst, agrees, detail);
    }

    /** Returns the share of the largest magnitude by which elements may differ: rounding, layer upon layer. */
    private static double tolerance(OnnxType type) {
        return switch (type) {
            case DOUBLE -> 1e-10;
            case FLOAT16 -> 1e-2;
            case BFLOAT16 -> 5e-2;
            case FLOAT -> 1e-4;
            default -> 0;
        };
    }
}
