package org.lsuv.tf.live;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.HostTensors;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfInput;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.init.Lsuv;
import org.lsuv.tf.init.LsuvOptions;
import org.lsuv.tf.init.LsuvReport;
import org.lsuv.tf.init.Progress;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.Session;
import org.tensorflow.SessionFunction;
import org.tensorflow.Signature;
import org.tensorflow.Tensor;

/**
 * Initialises the variables of a graph and session by LSUV.
 *
 * <pre>{@code
 * LsuvReport report = LiveLsuv.on(graph, session)
 *         .outputs(logits)
 *         .options(LsuvOptions.defaults().withSeed(1))
 *         .initialize(Map.of("images", batch));
 * }</pre>
 *
 * <p>An instance is immutable: each method returns another one. Several threads may share one, and initialise different
 * sessions at the same time.
 */
public final class LiveLsuv {
    private final Graph graph;
    private final Session session;
    private final List<String> outputs;
    private final Map<String, String> inputs;
    private final LsuvOptions options;
    private final Progress progress;

    private LiveLsuv(
            Graph graph,
            Session session,
            List<String> outputs,
            Map<String, String> inputs,
            LsuvOptions options,
            Progress progress) {
        this.graph = graph;
        this.session = session;
        this.outputs = List.copyOf(outputs);
        this.inputs = Map.copyOf(inputs);
        this.options = options;
        this.progress = progress;
    }

    /**
     * Starts with a graph.
     *
     * @param session a session of the graph, in which variables have their values
     */
    public static LiveLsuv on(Graph graph, Session session) {
        return new LiveLsuv(graph, session, List.of(), Map.of(), LsuvOptions.defaults(), Progress.NONE);
    }

    /** Starts with a function of a session: its outputs count, and a batch names its inputs. */
    public static LiveLsuv on(SessionFunction function) {
        Signature signature = function.signature();
        Map<String, String> inputs = new LinkedHashMap<>();
        signature
                .getInputs()
                .forEach((name, input) ->
                        inputs.put(name, TensorRef.parse(input.name).op()));
        return new LiveLsuv(
                function.session().graph(),
                function.session(),
                signature.getOutputs().values().stream()
                        .map(output -> output.name)
                        .toList(),
                inputs,
                LsuvOptions.defaults(),
                Progress.NONE);
    }

    /** Names the operations that the network is there for; layers that they do not need are left alone. */
    public LiveLsuv outputs(String... names) {
        return new LiveLsuv(graph, session, List.of(names), inputs, options, progress);
    }

    /** Gives the tensors that the network is there for; layers that they do not need are left alone. */
    public LiveLsuv outputs(Operand<?>... operands) {
        List<String> names = new ArrayList<>();
        for (Operand<?> operand : operands) {
            names.add(TensorRef.of(operand).toString());
        }
        return new LiveLsuv(graph, session, names, inputs, options, progress);
    }

    /** Says how layers are initialised; {@link LsuvOptions#defaults} without it. */
    public LiveLsuv options(LsuvOptions other) {
        return new LiveLsuv(graph, session, outputs, inputs, other, progress);
    }

    /** Lets something hear of the progress; what it throws ends the initialisation and leaves variables as they are. */
    public LiveLsuv observe(Progress other) {
        return new LiveLsuv(graph, session, outputs, inputs, options, other);
    }

    /**
     * Initialises the variables of the session. They change all at once at the end; if anything fails, none does.
     *
     * @param batch the values of the placeholders by the names of their operations; they stay the caller's to close
     * @return what was done, as the stored weights were measured
     * @throws IllegalArgumentException if the batch does not fit the graph, or the graph has no such outputs
     * @throws IllegalStateException if a variable has no value yet
     * @throws UnsupportedModelException if the graph has no layer, or cannot be copied or run
     * @throws java.util.concurrent.CancellationException if {@link Progress#stoppingWhen} ended it
     */
    public LsuvReport initialize(Map<String, ? extends Tensor> batch) {
        Map<String, OnnxTensor> values = new LinkedHashMap<>();
        batch.forEach((name, value) -> values.put(name, HostTensors.toHost(name, value)));
        return initialize(List.of(values));
    }

    /**
     * Initialises the variables of the session on a batch that does not fit in memory at once.
     *
     * @param pieces the batch, one tensor a placeholder and piece
     * @see #initialize(Map)
     */
    public LsuvReport initialize(List<Map<String, OnnxTensor>> pieces) {
        if (outputs.isEmpty()) {
            throw new IllegalStateException("no outputs: name what the network computes with outputs(…)");
        }
        LiveModel live = LiveModel.of(graph, session, outputs);
        if (live.model().layers().isEmpty()) {
            throw new UnsupportedModelException("between the placeholders and the outputs " + outputs
                    + " no operation multiplies values by a variable");
        }
        List<Map<String, OnnxTensor>> named = new ArrayList<>();
        Set<String> unused = new TreeSet<>();
        pieces.forEach(piece -> named.add(named(live.model(), piece, unused)));
        LsuvReport report = Lsuv.initialize(live.model(), named, options, progress);
        live.assign(report.weights());
        return withNotes(report, live, unused);
    }

    /**
     * Returns a piece of the batch with the names of placeholders.
     *
     * @param unused is given the placeholders of the graph that only training needs, or other outputs
     */
    private Map<String, OnnxTensor> named(TfModel model, Map<String, OnnxTensor> piece, Set<String> unused) {
        Map<String, OnnxTensor> named = new LinkedHashMap<>();
        piece.forEach((name, value) ->
                named.put(inputs.getOrDefault(name, TensorRef.parse(name).op()), value));
        TreeSet<String> expected =
                model.inputs().stream().map(TfInput::name).collect(Collectors.toCollection(TreeSet::new));
        named.keySet().stream()
                .filter(name -> !expected.contains(name) && isPlaceholder(name))
                .forEach(unused::add);
        named.keySet().removeAll(unused);
        if (!named.keySet().equals(expected)) {
            throw new IllegalArgumentException("the batch has values for " + new TreeSet<>(named.keySet())
                    + ", but what the outputs need are the placeholders " + expected);
        }
        for (TfInput input : model.inputs()) {
            OnnxTensor value = named.get(input.name());
            if (value != null && value.type() != input.type()) {
                throw new IllegalArgumentException("placeholder \"" + input.name() + "\": expected "
                        + input.type().label() + ", got " + value.type().label());
            }
        }
        return named;
    }

    private boolean isPlaceholder(String name) {
        Operation operation = graph.operation(name);
        return operation != null && operation.type().startsWith("Placeholder");
    }

    private static LsuvReport withNotes(LsuvReport report, LiveModel live, Set<String> unused) {
        List<String> notes = new ArrayList<>(report.notes());
        notes.addAll(live.model().notes());
        unused.forEach(name -> notes.add("the values for \"" + name + "\" are not used: as the network computes when"
                + " nobody trains, the outputs do not need them"));
        live.notInitialised().forEach(found -> notes.add(found.name() + " is not initialised: it " + found.reason()));
        return report.withNotes(notes);
    }
}
