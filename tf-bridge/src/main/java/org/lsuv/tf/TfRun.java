package org.lsuv.tf;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.ReleasedMemory;
import org.lsuv.onnx.UnsupportedModelException;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.GraphDef;

/**
 * Runs a graph. Feeds stay until they are fed anew, so that large weights are handed over once for several
 * runs; those that are stored as TensorFlow takes them are not copied at all.
 */
public final class TfRun implements AutoCloseable {
    private final Graph graph;
    private final Session session;
    private final Map<TensorRef, Tensor> feeds = new LinkedHashMap<>();
    private final Map<TensorRef, Operand<?>> copies = new ConcurrentHashMap<>();
    private final Ops tf;

    private TfRun(Graph graph, Session session) {
        this.graph = graph;
        this.session = session;
        this.tf = Ops.create(graph);
    }

    /** Opens a session on a graph of its own, imported from a {@code GraphDef}. */
    public static TfRun open(GraphDef definition, TfOptions options) {
        Graph graph = new Graph();
        try {
            graph.importGraphDef(definition);
            return new TfRun(graph, new Session(graph, options.config(definition)));
        } catch (RuntimeException failure) {
            graph.close();
            throw failure;
        }
    }

    /** Feeds a placeholder in all runs from here on. */
    public void feed(TensorRef placeholder, OnnxTensor value) {
        Tensor fed = SharedTensors.of(value).orElseGet(() -> copy(value));
        Tensor old = feeds.put(placeholder, fed);
        if (old != null) {
            old.close();
        }
    }

    private static Tensor copy(OnnxTensor value) {
        Tensor copy = HostTensors.toTensorFlow(value);
        ReleasedMemory.add(value.byteCount());
        return copy;
    }

    /** Feeds all weights of a model that have no feed yet. */
    public void feedWeights(TfModel model) {
        model.weights().values().stream()
                .filter(weight -> !feeds.containsKey(weight.tensor()))
                .forEach(weight -> feed(weight.tensor(), weight.value()));
    }

    /**
     * Runs the graph and returns what was asked for, in the order of the question.
     *
     * @throws UnsupportedModelException if TensorFlow cannot run the graph; the message holds its reason
     */
    public List<OnnxTensor> fetch(List<TensorRef> fetches) {
        return fetch(fetches, Map.of());
    }

    /**
     * Runs the graph with given values in place of what some operations would compute. May be called from several
     * threads while no other feed changes.
     *
     * @param overrides values for this run alone
     * @throws UnsupportedModelException if TensorFlow cannot run the graph; the message holds its reason
     */
    public List<OnnxTensor> fetch(List<TensorRef> fetches, Map<TensorRef, OnnxTensor> overrides) {
        return fetch(fetches, overrides, SharedTensors::allocate);
    }

    /**
     * Runs the graph, likewise, and puts what was asked for where the caller says: in the memory of what was given, too,
     * which nobody reads by then.
     *
     * @param memory gives as many bytes as it is asked for, a chunk of a result at a time
     * @throws UnsupportedModelException if TensorFlow cannot run the graph; the message holds its reason
     */
    public List<OnnxTensor> fetch(
            List<TensorRef> fetches, Map<TensorRef, OnnxTensor> overrides, IntFunction<ByteBuffer> memory) {
        Map<TensorRef, Tensor> given = new LinkedHashMap<>();
        try {
            overrides.forEach((tensor, value) ->
                    given.put(tensor, SharedTensors.of(value).orElseGet(() -> HostTensors.toTensorFlow(value))));
            Map<TensorRef, Tensor> all = new LinkedHashMap<>(feeds);
            all.putAll(given);
            return run(fetches, all, memory);
        } finally {
            given.values().forEach(Tensor::close);
        }
    }

    private List<OnnxTensor> run(
            List<TensorRef> fetches, Map<TensorRef, Tensor> given, IntFunction<ByteBuffer> memory) {
        Session.Runner runner = session.runner();
        given.forEach((tensor, value) -> runner.feed(tensor.op(), tensor.index(), value));
        // TensorFlow refuses to fetch one tensor twice.
        List<TensorRef> distinct = fetches.stream().distinct().toList();
        distinct.forEach(fetch -> runner.fetch(copies.computeIfAbsent(fetch, this::copy)));
        try (Result result = runner.run()) {
            Map<TensorRef, OnnxTensor> values = new HashMap<>();
            for (int i = 0; i < distinct.size(); i++) {
                TensorRef fetch = distinct.get(i);
                values.put(fetch, HostTensors.toHost(fetch.toString(), result.get(i), memory));
            }
            return fetches.stream()
                    .map(fetch -> Objects.requireNonNull(values.get(fetch)))
                    .toList();
        } catch (TensorFlowException | IllegalArgumentException | UnsupportedOperationException failure) {
            // TensorFlow's own exceptions have no common parent.
            throw new UnsupportedModelException("TensorFlow cannot run the graph: " + firstLine(failure), failure);
        }
    }

    /** The layout optimiser leaves fetched operations alone, and some have no channels-first kernel on the CPU. */
    private Operand<?> copy(TensorRef fetch) {
        return tf.identity(graph.operationOrThrow(fetch.op()).output(fetch.index()));
    }

    private static String firstLine(Exception failure) {
        return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    }

    @Override
    public void close() {
        session.close();
        graph.close();
        long bytes = feeds.values().stream().mapToLong(Tensor::numBytes).sum();
        feeds.values().forEach(Tensor::close);
        feeds.clear();
        ReleasedMemory.add(bytes);
    }
}
