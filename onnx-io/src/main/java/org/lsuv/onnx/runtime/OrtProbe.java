package org.lsuv.onnx.runtime;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lsuv.onnx.ModelExtension;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.UnsupportedModelException;

/**
 * Runs a model in ONNX Runtime and measures or fetches any value of its main graph, or of the bodies of
 * local functions under the names that {@link OnnxModel#inlined} gives them.
 *
 * <p>Values are reduced inside ONNX Runtime, by nodes appended to a copy of the graph in memory. In
 * that copy {@code Dropout} drops nothing, and {@code BatchNormalization} in training form, which
 * would overwrite its running statistics, is spelled out in primitive operators with the biased
 * variance of the batch; {@link #notes} says where. Where values are measured and not fetched, {@code
 * BatchNormalization} in inference form is spelled out, too, as x·a + b. {@link #forwardSeconds} runs the model as it is.
 *
 * <p>The sessions of the last {@link #measure}, {@link #moments} and {@link #fetch} are kept: ask
 * for the same values again to pay for their preparation once. Not for use by several threads.
 */
public final class OrtProbe implements AutoCloseable {
    /** The newest operator set of {@code ai.onnx} that ONNX Runtime 1.29 runs. */
    public static final long MAX_OPSET = 26;

    /** The newest file format that ONNX Runtime 1.29 reads. */
    public static final long MAX_IR_VERSION = 13;

    private final OnnxModel original;
    private final OnnxModel model;
    private final OrtOptions options;
    private final List<String> notes;
    private final LoadedModel.Purpose purpose;
    private @Nullable Prepared measuring;
    private @Nullable Prepared measuringMoments;
    private @Nullable ByChannel byChannel;
    private @Nullable Prepared fetching;
    private @Nullable LoadedModel plain;

    private record Prepared(Set<String> values, Map<String, StatisticsGraph.Results> results, LoadedModel session) {}

    /**
     * Says where channels lie.
     *
     * @param axis the axis, from −1 for the last
     * @param count the number of channels
     */
    public record ChannelAxis(int axis, long count) {}

    private record ByChannel(
            Map<String, ChannelAxis> axes, Map<String, StatisticsGraph.Channels> results, LoadedModel session) {}

    private OrtProbe(OnnxModel model, OrtOptions options, LoadedModel.Purpose purpose) {
        this.original = model;
        this.purpose = purpose;
        // An engine reads all nodes by one version of an operator set; functions may have another one.
        this.model = model.inlined().hasOneOpset() ? model.inlined() : model;
        this.options = options;
        this.notes = TrainingNodes.replace(ModelExtension.of(this.model));
    }

    /**
     * Opens a probe of a model; sessions are created when they are first needed.
     *
     * @throws UnsupportedModelException if the model is newer than ONNX Runtime
     */
    public static OrtProbe open(OnnxModel model, OrtOptions options) {
        return open(model, options, LoadedModel.Purpose.MEASURING);
    }

    /** Opens a probe whose sessions keep their memory from one piece of a batch to the next. */
    static OrtProbe openForPieces(OnnxModel model, OrtOptions options) {
        return open(model, options, LoadedModel.Purpose.MEASURING_OFTEN);
    }

    private static OrtProbe open(OnnxModel model, OrtOptions options, LoadedModel.Purpose purpose) {
        OptionalLong opset = model.opset("");
        if (opset.orElse(1) > MAX_OPSET) {
            throw new UnsupportedModelException(
                    model.label() + ": operator set " + opset.getAsLong() + " is newer than the " + MAX_OPSET
                            + " that ONNX Runtime runs; export the model with an older one");
        }
        if (model.irVersion() > MAX_IR_VERSION) {
            throw new UnsupportedModelException(model.label() + ": IR version " + model.irVersion()
                    + " is newer than the " + MAX_IR_VERSION + " that ONNX Runtime reads");
        }
        return new OrtProbe(model, options, purpose);
    }

    /**
     * Begins to load ONNX Runtime's library in the background, for programs that need it later. Where that fails, opening
     * a probe's first session says why.
     */
    public static void preload() {
        Thread loading = new Thread(LoadedModel::environment, "onnxruntime-preload");
        loading.setDaemon(true);
        loading.setUncaughtExceptionHandler((thread, failure) -> {});
        loading.start();
    }

    /** Returns a line for each node that {@link #measure} and {@link #fetch} run in another form. */
    public List<String> notes() {
        return notes;
    }

    /**
     * Measures floating-point values of the main graph, inputs, weights and outputs included.
     *
     * @param inputs the model's inputs by name; those that no wanted value depends on may be missing
     * @throws IllegalArgumentException if a name is no value of the main graph, a value is not of a
     *     floating-point type, or the inputs do not fit
     * @throws UnsupportedModelException if ONNX Runtime cannot run the model
     */
    public Map<String, ValueStatistics> measure(Map<String, OnnxTensor> inputs, Collection<String> values) {
        return measure(inputs, new LinkedHashSet<>(values), false);
    }

    /**
     * Measures mean and variance alone, which costs a fraction of {@link #measure}: minimum and maximum are
     * NaN. Values whose plain sums of squares would lose digits are measured in full all the same.
     *
     * @throws IllegalArgumentException as {@link #measure}
     * @throws UnsupportedModelException as {@link #measure}
     */
    public Map<String, ValueStatistics> moments(Map<String, OnnxTensor> inputs, Collection<String> values) {
        Set<String> wanted = new LinkedHashSet<>(values);
        Map<String, ValueStatistics> found = new LinkedHashMap<>(measure(inputs, wanted, true));
        Set<String> inexact = new LinkedHashSet<>(wanted);
        inexact.removeAll(found.keySet());
        if (!inexact.isEmpty()) {
            found.putAll(measure(inputs, inexact, false));
        }
        return found;
    }

    /**
     * Measures mean and variance of each channel of some values; minimum and maximum are NaN.
     *
     * @param axes where the channels lie, by name of the value
     * @throws IllegalArgumentException as {@link #measure}, and for channels that are not on the last axis of a
     *     value whose number of axes is not known
     * @throws UnsupportedModelException as {@link #measure}
     */
    public Map<String, List<ValueStatistics>> channelMoments(
            Map<String, OnnxTensor> inputs, Map<String, ChannelAxis> axes) {
        if (axes.isEmpty()) {
            return Map.of();
        }
        ByChannel prepared = byChannel;
        if (prepared == null || !prepared.axes().equals(axes)) {
            byChannel = null;
            if (prepared != null) {
                prepared.session().close();
            }
            prepared = prepareChannels(axes);
            byChannel = prepared;
        }
        Map<String, OnnxTensor> results = prepared.session().run(checked(inputs));
        Map<String, List<ValueStatistics>> statistics = new LinkedHashMap<>();
        for (String value : axes.keySet()) {
            statistics.put(
                    value, Objects.requireNonNull(prepared.results().get(value)).read(results));
        }
        return statistics;
    }

    private ByChannel prepareChannels(Map<String, ChannelAxis> axes) {
        ModelExtension extension = ModelExtension.of(model);
        TrainingNodes.replaceForMeasuring(extension);
        StatisticsGraph graph = new StatisticsGraph(extension);
        Map<String, StatisticsGraph.Channels> results = new LinkedHashMap<>();
        List<String> names = new ArrayList<>();
        lastFirst(kinds(axes.keySet(), true)).forEach((value, kind) -> {
            ChannelAxis axis = Objects.requireNonNull(axes.get(value));
            if (kind.rank() == 0 && axis.axis() != -1) {
                throw new IllegalArgumentException("value \"" + value + "\": its channels lie along no known axis");
            }
            StatisticsGraph.Channels appended = graph.appendChannels(value, kind, axis);
            results.put(value, appended);
            names.addAll(appended.names());
        });
        return new ByChannel(Map.copyOf(axes), results, load(extension, names, purpose));
    }

    private Map<String, ValueStatistics> measure(
            Map<String, OnnxTensor> inputs, Set<String> wanted, boolean momentsOnly) {
        if (wanted.isEmpty()) {
            return Map.of();
        }
        Prepared prepared = momentsOnly ? measuringMoments : measuring;
        if (prepared == null || !prepared.values().equals(wanted)) {
            keep(null, momentsOnly);
            close(prepared);
            prepared = prepareMeasuring(wanted, momentsOnly);
            keep(prepared, momentsOnly);
        }
        Map<String, OnnxTensor> results = prepared.session().run(checked(inputs));
        Map<String, ValueStatistics> statistics = new LinkedHashMap<>();
        for (String value : wanted) {
            Objects.requireNonNull(prepared.results().get(value))
                    .read(results)
                    .ifPresent(found -> statistics.put(value, found));
        }
        return statistics;
    }

    /** The values that need full measurements are few, and asked for again with every piece of a batch. */
    private void keep(@Nullable Prepared prepared, boolean momentsOnly) {
        if (momentsOnly) {
            measuringMoments = prepared;
        } else {
            measuring = prepared;
        }
    }

    private Prepared prepareMeasuring(Set<String> wanted, boolean momentsOnly) {
        OptionalLong opset = model.opset("");
        if (opset.orElse(1) < StatisticsGraph.MIN_OPSET) {
            throw new UnsupportedModelException(model.label() + ": operator set " + opset.orElse(1)
                    + " cannot be measured; convert the model to " + StatisticsGraph.MIN_OPSET + " or later");
        }
        Map<String, ValueKind> kinds = kinds(wanted, momentsOnly);
        ModelExtension extension = ModelExtension.of(model);
        TrainingNodes.replaceForMeasuring(extension);
        StatisticsGraph graph = new StatisticsGraph(extension);
        Map<String, StatisticsGraph.Results> outputs = new LinkedHashMap<>();
        List<String> names = new ArrayList<>();
        lastFirst(kinds).forEach((value, kind) -> {
            StatisticsGraph.Results appended =
                    momentsOnly ? graph.appendMoments(value, kind) : graph.append(value, kind);
            outputs.put(value, appended);
            names.addAll(appended.names());
        });
        return new Prepared(wanted, outputs, load(extension, names, purpose));
    }

    /**
     * ONNX Runtime orders nodes from the last one that nothing reads back to the first. Where what reads the earliest
     * value comes last, it runs as soon as it can, while the value is in the caches, and the value's memory serves the
     * next one; the other way around all values wait for the whole network.
     */
    private static Map<String, ValueKind> lastFirst(Map<String, ValueKind> kinds) {
        List<String> values = new ArrayList<>(kinds.keySet());
        Collections.reverse(values);
        Map<String, ValueKind> reversed = new LinkedHashMap<>();
        values.forEach(value -> reversed.put(value, Objects.requireNonNull(kinds.get(value))));
        return reversed;
    }

    private Map<String, ValueKind> kinds(Set<String> wanted, boolean momentsOnly) {
        Map<String, ValueKind> kinds = new LinkedHashMap<>();
        Set<String> undeclared = new LinkedHashSet<>();
        for (String value : wanted) {
            requireValue(value);
            Optional<ValueKind> kind = ValueKind.declared(model.graph(), value);
            if (kind.isEmpty() && momentsOnly) {
                kind = ValueKind.computed(model.graph(), value);
            }
            if (kind.isEmpty()) {
                undeclared.add(value);
            }
            kinds.put(value, kind.orElse(ValueKind.UNKNOWN));
        }
        if (!undeclared.isEmpty()) {
            // ONNX Runtime infers types and shapes of all values when it loads a model.
            ModelExtension extension = ModelExtension.of(model);
            TrainingNodes.replace(extension);
            try (LoadedModel typed = load(extension, undeclared, LoadedModel.Purpose.INSPECTING)) {
                undeclared.forEach(value -> typed.output(value)
                        .ifPresent(info -> OrtTensors.type(info)
                                .ifPresent(type -> kinds.put(value, ValueKind.of(type, info.getShape())))));
            }
        }
        kinds.forEach((value, kind) -> {
            if (!kind.type().isFloating()) {
                throw new IllegalArgumentException("value \"" + value + "\": expected floating-point numbers, found "
                        + (kind.type() == OnnxType.UNDEFINED
                                ? "another type"
                                : kind.type().label()));
            }
        });
        return kinds;
    }

    /**
     * Returns the shapes that ONNX Runtime infers for values, without a run; a size of −1 is not fixed.
     *
     * @throws UnsupportedModelException if ONNX Runtime cannot load the model
     */
    public Map<String, long[]> shapes(Collection<String> values) {
        values.forEach(this::requireValue);
        Map<String, long[]> shapes = new LinkedHashMap<>();
        try (LoadedModel typed = load(ModelExtension.of(model), values, LoadedModel.Purpose.INSPECTING)) {
            values.forEach(value -> typed.output(value).ifPresent(info -> shapes.put(value, info.getShape())));
        }
        return shapes;
    }

    /**
     * Returns values of the main graph themselves: for small ones.
     *
     * @throws IllegalArgumentException if a name is no value of the main graph, or inputs do not fit
     * @throws UnsupportedModelException if ONNX Runtime cannot run the model or hand a value over
     */
    public Map<String, OnnxTensor> fetch(Map<String, OnnxTensor> inputs, Collection<String> values) {
        Set<String> wanted = new LinkedHashSet<>(values);
        if (wanted.isEmpty()) {
            return Map.of();
        }
        Prepared prepared = fetching;
        if (prepared == null || !prepared.values().equals(wanted)) {
            fetching = null;
            close(prepared);
            wanted.forEach(this::requireValue);
            ModelExtension extension = ModelExtension.of(model);
            TrainingNodes.replace(extension);
            prepared = new Prepared(wanted, Map.of(), load(extension, wanted, LoadedModel.Purpose.MEASURING));
            fetching = prepared;
        }
        return prepared.session().run(checked(inputs));
    }

    /**
     * Returns the seconds of one forward pass of the model as it is, without reading the results. The
     * first pass pays for preparations: measure again.
     *
     * @throws IllegalArgumentException if the inputs do not fit
     * @throws UnsupportedModelException if ONNX Runtime cannot run the model
     */
    public double forwardSeconds(Map<String, OnnxTensor> inputs) {
        LoadedModel session = plain;
        if (session == null) {
            session = LoadedModel.load(original, options, LoadedModel.Purpose.RUNNING);
            plain = session;
        }
        return session.seconds(checked(inputs));
    }

    private LoadedModel load(ModelExtension extension, Collection<String> outputs, LoadedModel.Purpose purpose) {
        return LoadedModel.load(extension.withOutputs(outputs), options, purpose);
    }

    /** Tells whether a value can be measured and fetched. */
    public boolean has(String value) {
        OnnxGraph graph = model.graph();
        return !value.isEmpty()
                && (graph.producer(value).isPresent()
                        || graph.initializerNames().contains(value)
                        || graph.inputs().stream()
                                .anyMatch(input -> input.name().equals(value)));
    }

    private void requireValue(String value) {
        if (!has(value)) {
            throw new IllegalArgumentException("\"" + value + "\" is no value of " + model.graph());
        }
    }

    private Map<String, OnnxTensor> checked(Map<String, OnnxTensor> inputs) {
        List<String> names =
                model.graph().inputs().stream().map(OnnxValue::name).toList();
        for (String given : inputs.keySet()) {
            if (!names.contains(given)) {
                throw new IllegalArgumentException("\"" + given + "\" is no input; the model takes " + names);
            }
        }
        return inputs;
    }

    @Override
    public void close() {
        close(measuring);
        close(measuringMoments);
        if (byChannel != null) {
            byChannel.session().close();
        }
        close(fetching);
        if (plain != null) {
            plain.close();
        }
        measuring = null;
        measuringMoments = null;
        byChannel = null;
        fetching = null;
        plain = null;
    }

    private static void close(@Nullable Prepared prepared) {
        if (prepared != null) {
            prepared.session().close();
        }
    }
}
