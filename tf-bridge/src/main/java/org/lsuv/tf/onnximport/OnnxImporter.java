package org.lsuv.tf.onnximport;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.layers.OnnxBatchNorm;
import org.lsuv.onnx.layers.OnnxLayer;
import org.lsuv.onnx.layers.OnnxLayers;
import org.lsuv.onnx.layers.OutputChannels;
import org.lsuv.onnx.layers.WeightPath;
import org.lsuv.tf.BatchNorm;
import org.lsuv.tf.InnerValue;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfInput;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfNames;
import org.lsuv.tf.TfTypes;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.onnximport.ops.StandardOps;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;

/** Imports ONNX models into TensorFlow. */
public final class OnnxImporter {
    private final OnnxModel model;
    private final OnnxGraph onnx;
    private final OnnxLayers layers;
    private final ImportOptions options;
    private final OpRegistry registry = StandardOps.registry();
    private final List<TfInput> inputs = new ArrayList<>();
    private final Map<String, TensorRef> linears = new LinkedHashMap<>();
    private final Map<InnerValue, Operand<?>> inner = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();

    private OnnxImporter(OnnxModel model, ImportOptions options) {
        this.model = model;
        this.onnx = model.graph();
        this.layers = OnnxLayers.find(onnx);
        this.options = options;
    }

    /**
     * Imports a model.
     *
     * @throws UnsupportedModelException if it uses operators or forms that are not supported; all
     *     unsupported operators are named at once
     * @throws OnnxFormatException if a node breaks the ONNX standard
     */
    public static TfModel load(OnnxModel model, ImportOptions options) {
        try {
            return new OnnxImporter(model.inlined(), options).load();
        } catch (OnnxFormatException problem) {
            throw problem.in(model.label());
        } catch (UnsupportedModelException problem) {
            throw problem.in(model.label());
        }
    }

    private TfModel load() {
        UnsupportedOps.of(model, registry).ifAny(message -> {
            throw new UnsupportedModelException(message);
        });
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            GraphValues values =
                    new GraphValues(onnx, graph, tf, layers.trainable(), new ConstantFolding(this, model, registry));
            for (OnnxValue input : onnx.inputs()) {
                values.define(input.name(), input(tf, input), false);
            }
            for (OnnxNode node : onnx.nodes()) {
                convert(tf, values, node);
            }
            return assemble(graph, values);
        }
    }

    private Operand<?> input(Ops tf, OnnxValue input) {
        boolean optional = input.kind() == OnnxValue.Kind.OPTIONAL;
        List<long[]> elements = options.sequenceShapes().get(input.name());
        if (elements != null && (optional || input.kind() == OnnxValue.Kind.SEQUENCE)) {
            List<Operand<?>> operands = new ArrayList<>();
            for (int i = 0; i < elements.size(); i++) {
                String name = input.name() + "[" + i + "]";
                operands.add(placeholder(tf, name, input.type(), Shape.of(elements.get(i))));
            }
            SequenceValue sequence = SequenceValue.of(TfTypes.computeType(input.type()), operands);
            return optional ? OptionalValue.of(sequence) : sequence;
        }
        if (optional && input.type() != OnnxType.UNDEFINED) {
            long[] sizes = options.inputShapes().get(input.name());
            return sizes == null
                    ? OptionalValue.empty()
                    : OptionalValue.of(placeholder(tf, input.name(), input.type(), Shape.of(sizes)));
        }
        if (input.kind() != OnnxValue.Kind.TENSOR || input.type() == OnnxType.UNDEFINED) {
            throw new UnsupportedModelException("input \"" + input + "\": only tensors can be fed");
        }
        long[] sizes = options.inputShapes().get(input.name());
        Shape shape = sizes != null
                ? Shape.of(sizes)
                : input.shape().map(OnnxShape::sizes).map(Shape::of).orElseGet(Shape::unknown);
        return placeholder(tf, input.name(), input.type(), shape);
    }

    private Operand<?> placeholder(Ops tf, String name, OnnxType type, Shape shape) {
        Operand<?> placeholder = TfNames.scope(tf, "input", inputs.size(), name)
                .placeholder(TfTypes.computeType(type), Placeholder.shape(shape));
        inputs.add(new TfInput(name, TensorRef.of(placeholder), type, shape));
        return placeholder;
    }

    private void convert(Ops tf, GraphValues values, OnnxNode node) {
        long opset = model.opset(node);
        OpConverter converter = registry.find(new OpRegistry.OpName(node.domain(), node.opType()), opset)
                .orElseThrow();
        String scope = node.firstOutput().isEmpty() ? node.name() : node.firstOutput();
        NodeContext context =
                new NodeContext(node, opset, TfNames.scope(tf, "node", node.index(), scope), values, this);
        List<? extends Operand<?>> results;
        try {
            results = converter.convert(context);
        } catch (TensorFlowException
                | IllegalArgumentException
                | UnsupportedOperationException
                | ArithmeticException refused) {
            throw new UnsupportedModelException(
                    node.describe() + ": TensorFlow refuses it: "
                            + String.valueOf(refused.getMessage())
                                    .lines()
                                    .findFirst()
                                    .orElse(""),
                    refused);
        }
        boolean constant = isDeterministic(node) && reads(node).allMatch(values::isConstant);
        for (int i = 0; i < node.outputs().size(); i++) {
            if (!context.wants(i)) {
                continue;
            }
            if (i >= results.size()) {
                throw context.unsupported("output \"" + node.output(i) + "\" is not supported");
            }
            Operand<?> result = results.get(i);
            boolean composite = result instanceof Composite;
            if (!composite && values.types().of(node.output(i)).isEmpty()) {
                values.types().infer(node, i, result, values);
            }
            values.define(
                    node.output(i),
                    result,
                    !composite && (constant || result.op().type().equals("Const")));
        }
        if (context.wants(0)) {
            values.sizes().follow(node, opset).ifPresent(known -> values.defineKnown(node.output(0), known));
        }
        if (!values.isMain()) {
            return;
        }
        context.linear().ifPresent(linear -> linears.put(scope, TensorRef.of(linear)));
        context.inner().forEach((name, value) -> inner.put(new InnerValue(scope, name), value));
    }

    private static boolean isDeterministic(OnnxNode node) {
        return !node.opType().startsWith("Random")
                && !node.opType().equals("Multinomial")
                && !node.opType().equals("Bernoulli")
                && node.attributes().allGraphs().stream()
                        .flatMap(inner -> inner.nodes().stream())
                        .allMatch(OnnxImporter::isDeterministic);
    }

    /** Returns the values that a node reads, those that its bodies take from around them included. */
    static Stream<String> reads(OnnxNode node) {
        return Stream.concat(
                        node.inputs().stream(),
                        node.attributes().allGraphs().stream().flatMap(inner -> inner.captured().stream()))
                .filter(name -> !name.isEmpty());
    }

    void convertInner(OnnxNode holder, OnnxGraph body, GraphValues values, List<? extends Operand<?>> inputs) {
        InnerGraph.requireInputs(holder, body, inputs.size());
        for (int i = 0; i < inputs.size(); i++) {
            values.define(body.inputs().get(i).name(), inputs.get(i), false);
        }
        body.nodes().forEach(node -> convert(values.tf(), values, node));
    }

    List<Operand<?>> inPlace(OnnxNode holder, String attribute, GraphValues outer, List<? extends Operand<?>> inputs) {
        OnnxGraph body = holder.attributes().requireGraph(attribute);
        String path = holder.output(0) + "/" + attribute;
        GraphValues values = new GraphValues(body, outer, path, outer.graph());
        convertInner(holder, body, values, inputs);
        return InnerGraph.outputs(values, body);
    }

    private TfModel assemble(Graph graph, GraphValues values) {
        Map<String, TensorRef> outputs = new LinkedHashMap<>();
        Set<String> all = new LinkedHashSet<>();
        for (OnnxValue output : onnx.outputs()) {
            addOutput(values.tf(), outputs, output.name(), values.operand(output.name()));
        }
        Map<InnerValue, TensorRef> marked = new LinkedHashMap<>();
        inner.forEach((name, value) -> marked.put(name, TensorRef.of(value)));
        onnx.nodes().forEach(node -> all.addAll(node.outputs()));
        all.remove("");
        Map<String, TensorRef> named = new LinkedHashMap<>();
        all.stream()
                .filter(name -> !(values.operand(name) instanceof Composite))
                .forEach(name -> named.put(name, TensorRef.of(values.operand(name))));
        List<WeightedLayer> weighted =
                layers.layers().stream().map(layer -> layer(layer, values)).toList();
        List<BatchNorm> norms =
                layers.batchNorms().stream().map(norm -> norm(norm, values)).toList();
        return new TfModel(
                model.label(),
                graph.toGraphDef(),
                inputs,
                outputs,
                named,
                marked,
                values.weights(),
                weighted,
                norms,
                notes);
    }

    /**
     * A sequence of known length gives an output for each element, {@code name[0]} and so on, another one its
     * list; an optional gives what it holds, and {@code name?} where only a run shows whether it does.
     */
    private static void addOutput(Ops tf, Map<String, TensorRef> outputs, String name, Operand<?> value) {
        if (value instanceof SequenceValue sequence) {
            if (sequence.isKnown()) {
                for (int i = 0; i < sequence.elements().size(); i++) {
                    outputs.put(
                            name + "[" + i + "]",
                            TensorRef.of(sequence.elements().get(i)));
                }
            } else {
                outputs.put(name, TensorRef.of(sequence.list(tf)));
            }
        } else if (value instanceof OptionalValue optional) {
            if (optional.isOpen()) {
                outputs.put(name + "?", TensorRef.of(optional.present(tf)));
            }
            optional.value().ifPresent(inner -> addOutput(tf, outputs, name, inner));
        } else {
            outputs.put(name, TensorRef.of(value));
        }
    }

    private WeightedLayer layer(OnnxLayer layer, GraphValues values) {
        String product = layer.node().firstOutput();
        Operand<?> blob = layer.inner()
                .flatMap(name -> inner(product, name))
                .orElseGet(() -> NodeContext.cast(values.operand(layer.output())));
        TensorRef linear =
                Optional.ofNullable(linears.get(product)).orElseGet(() -> TensorRef.of(values.operand(product)));
        return new WeightedLayer(
                layer.index(),
                layer.name(),
                layer.node().opType(),
                layer.weight(),
                layer.kernel(),
                linear,
                inner(product, "active").map(TensorRef::of),
                layer.bias().map(bias -> bias(layer, bias, values)),
                TensorRef.of(blob),
                layer.output(),
                channels(layer, blob),
                layer.activation().map(name -> new WeightedLayer.Activation(TensorRef.of(values.operand(name)), name)),
                layer.recurrent());
    }

    private Optional<Operand<?>> inner(String output, String name) {
        return Optional.ofNullable(inner.get(new InnerValue(output, name)));
    }

    /** An operator may make what it adds from what is stored, as recurrent ones sum two biases. */
    private WeightedLayer.Bias bias(OnnxLayer layer, OnnxLayer.Bias bias, GraphValues values) {
        WeightPath path = bias.path();
        Optional<Operand<?>> made = inner(layer.node().firstOutput(), "bias");
        return new WeightedLayer.Bias(
                path.source(),
                made.isPresent() ? List.of(layer.kernel().channels()) : path.operandShape(),
                TensorRef.of(made.orElseGet(() -> NodeContext.cast(values.operand(path.operand())))),
                bias.factor(),
                bias.broadcast());
    }

    /** Channels along an axis cannot be told apart in a tensor of unknown rank. */
    private static OutputChannels channels(OnnxLayer layer, Operand<?> blob) {
        return blob.shape().isUnknown()
                ? OutputChannels.together(OptionalInt.empty(), layer.kernel().channels())
                : layer.channels();
    }

    private static BatchNorm norm(OnnxBatchNorm norm, GraphValues values) {
        return new BatchNorm(
                norm.name(), TensorRef.of(values.operand(norm.node().input(0))), 1, norm.mean(), norm.variance());
    }
}
