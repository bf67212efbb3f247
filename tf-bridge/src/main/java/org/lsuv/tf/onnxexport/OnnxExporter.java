package org.lsuv.tf.onnxexport;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.lsuv.onnx.GraphBuilder;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfInput;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.Weight;
import org.lsuv.tf.onnxexport.ops.ExportedOps;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;

/** Exports TensorFlow graphs to ONNX. */
public final class OnnxExporter {
    private static final String PRODUCER = "lsuv-init";

    /** Give their operand as it is, as long as nothing is trained. */
    private static final Set<String> PASSING = Set.of("Identity", "StopGradient", "PreventGradient", "Snapshot");

    private final TfModel model;
    private final ExportOptions options;
    private final long maxMessageBytes;
    private final TfOpRegistry registry = ExportedOps.registry();

    private OnnxExporter(TfModel model, ExportOptions options, long maxMessageBytes) {
        this.model = model;
        this.options = options;
        this.maxMessageBytes = maxMessageBytes;
    }

    /**
     * Exports a model: a graph with the same inputs and outputs, whose weights are initializers under their
     * names in the source. Those of a model that is too large for one file become external data.
     *
     * @throws UnsupportedModelException if the graph uses operations or forms that are not supported; all
     *     unsupported operations are named at once
     */
    public static OnnxExport export(TfModel model, ExportOptions options) {
        return export(model, options, GraphBuilder.MAX_MESSAGE_BYTES);
    }

    static OnnxExport export(TfModel model, ExportOptions options, long maxMessageBytes) {
        try {
            return new OnnxExporter(model, options, maxMessageBytes).export();
        } catch (UnsupportedModelException problem) {
            throw problem.in(model.label());
        } catch (TensorFlowException | IllegalArgumentException problem) {
            throw new UnsupportedModelException(
                    model.label() + ": cannot be exported: "
                            + String.valueOf(problem.getMessage())
                                    .lines()
                                    .findFirst()
                                    .orElse(""),
                    problem);
        }
    }

    /** Returns the operations that have a converter, sorted. */
    public static Set<String> operations() {
        return ExportedOps.registry().operations();
    }

    long opset() {
        return options.opset();
    }

    private OnnxExport export() {
        TfGraph graph = TfGraph.of(model.graph(), model.outputs().values());
        GraphConstants constants = GraphConstants.of(graph);
        refuseUnsupported(graph, constants);
        GraphBuilder onnx = GraphBuilder.named(model.label());
        GraphScope scope = new GraphScope(graph, constants, onnx, names(graph));
        for (TfInput input : model.inputs()) {
            onnx.freeName(input.name());
        }
        model.outputs().keySet().forEach(scope::reserve);
        model.inputs().forEach(input -> input(scope, input));
        model.weights().values().forEach(weight -> weight(scope, weight));
        convert(scope);
        model.outputs().forEach((name, tensor) -> output(scope, name, tensor));
        return new OnnxExport(onnx.model(options.opset(), PRODUCER, maxMessageBytes), scope.written());
    }

    /** Returns the names that values should have: those of outputs before those of anything else. */
    private Map<TensorRef, String> names(TfGraph graph) {
        Map<TensorRef, String> names = new HashMap<>();
        model.values().forEach((name, tensor) -> names.putIfAbsent(tensor, name));
        model.weights().forEach((name, weight) -> names.put(weight.tensor(), name));
        Map<TensorRef, String> outputs = new HashMap<>();
        model.outputs().forEach((name, tensor) -> outputs.putIfAbsent(origin(graph, tensor), name));
        names.values().removeAll(model.outputs().keySet());
        names.putAll(outputs);
        return names;
    }

    private static TensorRef origin(TfGraph graph, TensorRef tensor) {
        TensorRef origin = tensor;
        while (PASSING.contains(graph.node(origin).op())) {
            origin = graph.node(origin).inputs().get(0);
        }
        return origin;
    }

    private void input(GraphScope scope, TfInput input) {
        if (!scope.graph().nodes().containsKey(input.tensor().op())) {
            declare(scope.onnx(), input.name(), input.type(), input.shape());
            return;
        }
        declare(scope.onnx(), input.name(), input.type(), scope.shape(input.tensor()));
        OnnxType computed = scope.type(input.tensor());
        scope.define(
                input.tensor(),
                computed == input.type()
                        ? input.name()
                        : scope.onnx()
                                .node("Cast", input.name())
                                .with("to", computed.code())
                                .add());
    }

    private void declare(GraphBuilder onnx, String name, OnnxType type, Shape shape) {
        onnx.input(new OnnxValue(name, type, declared(shape, options.batch()), OnnxValue.Kind.TENSOR));
    }

    private static Optional<OnnxShape> declared(Shape shape, String first) {
        if (shape.isUnknown()) {
            return Optional.empty();
        }
        List<OnnxShape.Dim> dims = new ArrayList<>();
        for (int i = 0; i < shape.numDimensions(); i++) {
            boolean open = shape.get(i) == Shape.UNKNOWN_SIZE;
            dims.add(!open ? OnnxShape.Dim.of(shape.get(i)) : new OnnxShape.Dim(-1, i == 0 ? first : ""));
        }
        return Optional.of(new OnnxShape(dims));
    }

    private void weight(GraphScope scope, Weight weight) {
        if (!scope.graph().nodes().containsKey(weight.tensor().op())) {
            return;
        }
        OnnxTensor value = Objects.requireNonNullElse(options.weights().get(weight.name()), weight.value());
        if (value.type() != weight.value().type()
                || !java.util.Arrays.equals(value.shape(), weight.value().shape())) {
            throw new IllegalArgumentException(
                    "weight \"" + weight.name() + "\": expected " + weight.value() + ", got " + value);
        }
        scope.store(weight.tensor(), value.withName(weight.name()), scope.type(weight.tensor()));
    }

    /** Converts the operations of a graph into the one that a scope writes. */
    void convert(GraphScope scope) {
        convert(scope, Set.of());
    }

    /** Converts the operations of a graph, except for some that are written in another way. */
    void convert(GraphScope scope, Set<String> except) {
        Map<String, RecurrentLoop> layers = RecurrentLoop.in(scope, this);
        Set<String> left = new HashSet<>(except);
        layers.values().forEach(layer -> layer.unpacked().forEach(node -> left.add(node.name())));
        for (TfNode node : scope.graph().nodes().values()) {
            if (isWritten(scope, node) && !left.contains(node.name())) {
                scope.onnx().setPrefix(node.name());
                NodeExport export = new NodeExport(node, scope, this);
                RecurrentLoop layer = layers.get(node.name());
                if (layer != null) {
                    new RecurrentExport(export, layer).write();
                } else {
                    registry.find(node.op()).orElseThrow().convert(export);
                }
            }
        }
    }

    private static boolean isWritten(GraphScope scope, TfNode node) {
        return !node.op().equals("Placeholder") && !scope.constants().covers(node);
    }

    private void output(GraphScope scope, String name, TensorRef tensor) {
        String value = scope.name(tensor);
        if (!value.equals(name)) {
            scope.onnx().node("Identity", value).addAs(List.of(name));
        }
        scope.onnx()
                .output(new OnnxValue(
                        name, scope.type(tensor), declared(scope.shape(tensor), ""), OnnxValue.Kind.TENSOR));
    }

    private void refuseUnsupported(TfGraph graph, GraphConstants constants) {
        Map<String, Integer> counts = new TreeMap<>();
        countUnsupported(graph, constants, counts);
        if (!counts.isEmpty()) {
            throw new UnsupportedModelException(counts.entrySet().stream()
                    .map(entry ->
                            entry.getKey() + " in " + entry.getValue() + (entry.getValue() == 1 ? " node" : " nodes"))
                    .collect(Collectors.joining(", ", "operations without a counterpart in ONNX: ", "")));
        }
    }

    private void countUnsupported(TfGraph graph, GraphConstants constants, Map<String, Integer> counts) {
        for (TfNode node : graph.nodes().values()) {
            if (node.op().equals("Placeholder") || constants.covers(node)) {
                continue;
            }
            if (registry.find(node.op()).isEmpty()) {
                counts.merge(node.op(), 1, Integer::sum);
            }
            for (AttrValue attribute : node.attributes().values()) {
                if (attribute.hasFunc()) {
                    TfGraph inner = TfFunction.of(graph, attribute.getFunc().getName(), List.of())
                            .graph();
                    countUnsupported(inner, GraphConstants.of(inner), counts);
                }
            }
        }
    }
}
