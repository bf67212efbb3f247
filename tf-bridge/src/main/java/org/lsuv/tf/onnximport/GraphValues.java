package org.lsuv.tf.onnximport;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.tf.FunctionGraph;
import org.lsuv.tf.HostTensors;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfNames;
import org.lsuv.tf.TfTypes;
import org.lsuv.tf.Weight;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.family.TType;

/**
 * Knows the operand of every value of the ONNX graph, and which of them are constant. Stored tensors
 * enter the graph when they are first asked for.
 */
final class GraphValues {
    /** Stored tensors above this size are fed; smaller ones become constants of the graph. */
    private static final long MAX_CONSTANT_ELEMENTS = 1024;

    private final OnnxGraph onnx;
    private final Graph graph;
    private final Ops tf;
    private final Set<String> trainable;
    private final Map<String, Operand<?>> operands = new LinkedHashMap<>();
    private final Map<String, OnnxTensor> constants = new HashMap<>();
    private final Set<String> constantNames = new HashSet<>();
    private final Map<String, Weight> weights = new LinkedHashMap<>();
    private final KnownSizes sizes = new KnownSizes(this);
    private final ValueTypes types = new ValueTypes();
    private final ConstantFolding folding;
    private final Map<String, Operand<?>> taken = new HashMap<>();
    private final @Nullable GraphValues outer;
    private final String path;
    private final UnaryOperator<Operand<?>> capture;

    /**
     * @param trainable the stored tensors that passes may change: these are always fed and never taken
     *     for constants
     * @param folding computes values that are constant
     */
    GraphValues(OnnxGraph onnx, Graph graph, Ops tf, Set<String> trainable, ConstantFolding folding) {
        this.onnx = onnx;
        this.graph = graph;
        this.tf = tf;
        this.trainable = trainable;
        this.folding = folding;
        this.outer = null;
        this.path = "";
        this.capture = outside -> outside;
    }

    /**
     * Knows the values of a graph that an attribute holds.
     *
     * @param outer the values of the graph around it
     * @param path what makes the names of this graph's own weights unique
     * @param function the function that the graph becomes
     * @param capture gives, for a value of the graph around it, what stands for it in the function
     */
    GraphValues(
            OnnxGraph onnx, GraphValues outer, String path, FunctionGraph function, UnaryOperator<Operand<?>> capture) {
        this(onnx, outer, path, function.graph(), function.tf(), capture);
    }

    /** Knows the values of a graph that an attribute holds and that is built right here. */
    GraphValues(OnnxGraph onnx, GraphValues outer, String path, Graph graph) {
        this(onnx, outer, path, graph, outer.tf, outside -> outside);
    }

    private GraphValues(
            OnnxGraph onnx, GraphValues outer, String path, Graph graph, Ops tf, UnaryOperator<Operand<?>> capture) {
        this.onnx = onnx;
        this.tf = tf;
        this.graph = graph;
        this.trainable = Set.of();
        this.folding = outer.folding;
        this.outer = outer;
        this.path = outer.path + path + "/";
        this.capture = capture;
    }

    Ops tf() {
        return tf;
    }

    Graph graph() {
        return graph;
    }

    /** Tells whether this is the main graph. */
    boolean isMain() {
        return outer == null;
    }

    Map<String, Weight> weights() {
        return weights;
    }

    void define(String name, Operand<?> operand, boolean constant) {
        operands.put(name, operand);
        if (constant) {
            constantNames.add(name);
        }
    }

    /** Remembers a tensor that a node of the graph holds, such as {@code Constant}, under its output. */
    void defineStored(String name, OnnxTensor tensor) {
        constants.put(name, tensor);
    }

    /** Replaces a computed value by its contents, which turned out to be known. */
    void defineKnown(String name, OnnxTensor tensor) {
        operands.remove(name);
        defineStored(name, tensor);
    }

    /** Returns what is known of lists of sizes. */
    KnownSizes sizes() {
        return sizes;
    }

    /** Returns what is known of the ONNX types of computed values. */
    ValueTypes types() {
        return types;
    }

    /** Returns the node of this graph that computes a value. */
    Optional<OnnxNode> producer(String name) {
        return onnx.producer(name);
    }

    int declaredRank(String name) {
        return onnx.declared(name)
                .flatMap(OnnxValue::shape)
                .map(OnnxShape::rank)
                .orElse(-1);
    }

    Optional<long[]> outerSizes(String name) {
        return outer != null && isOuter(name) ? outer.sizes.of(name) : Optional.empty();
    }

    /** Returns the element type that the file declares for a value, or that of what computes it. */
    OnnxType type(String name) {
        return onnx.initializer(name)
                .map(OnnxTensor::type)
                .or(() -> onnx.declared(name).map(OnnxValue::type).filter(type -> type != OnnxType.UNDEFINED))
                .or(() -> types.of(name))
                .orElseGet(() -> isOuter(name) && outer != null
                        ? outer.type(name)
                        : TfTypes.onnxType(operand(name).type()));
    }

    /** Tells whether a value is one of the graphs around this one. */
    private boolean isOuter(String name) {
        return outer != null
                && !operands.containsKey(name)
                && !constants.containsKey(name)
                && !onnx.initializerNames().contains(name);
    }

    /** Tells whether a value is a sequence or an optional, of which nothing has an element type. */
    boolean isComposite(String name) {
        return operands.get(name) instanceof Composite || (isOuter(name) && outer != null && outer.isComposite(name));
    }

    /** Tells whether the graph's inputs have no influence on a value. */
    boolean isConstant(String name) {
        return constants.containsKey(name)
                || constantNames.contains(name)
                || onnx.initializerNames().contains(name)
                || (isOuter(name) && outer != null && outer.isConstant(name));
    }

    Operand<?> operand(String name) {
        Operand<?> known = operands.get(name);
        if (known != null) {
            return known;
        }
        if (outer != null && isOuter(name)) {
            return taken(name, outer);
        }
        OnnxTensor stored = Optional.ofNullable(constants.get(name))
                .or(() -> onnx.initializer(name))
                .orElseThrow(() -> new OnnxFormatException("value \"" + name + "\" is not defined anywhere"));
        Operand<?> operand = materialise(name, stored);
        operands.put(name, operand);
        return operand;
    }

    /** Small constants are repeated in the function; everything else is passed to it. */
    private Operand<?> taken(String name, GraphValues from) {
        Operand<?> known = taken.get(name);
        if (known == null) {
            Optional<OnnxTensor> constant = from.graph == graph
                    ? Optional.empty()
                    : from.constant(name).filter(tensor -> tensor.elementCount() <= MAX_CONSTANT_ELEMENTS);
            known = constant.<Operand<?>>map(tensor -> materialise(name, tensor))
                    .orElseGet(() -> capture.apply(from.operand(name)));
            taken.put(name, known);
        }
        return known;
    }

    /** Returns the placeholder of a large tensor that the body of a node holds: it is fed to the main graph. */
    private Operand<?> fed(String name, OnnxTensor tensor) {
        Operand<?> known = operands.get(name);
        if (known != null) {
            return known;
        }
        if (outer != null) {
            return capture.apply(outer.fed(name, tensor));
        }
        Operand<?> placeholder = TfNames.scope(tf, "stored", operands.size(), name)
                .placeholder(TfTypes.computeType(tensor.type()), Placeholder.shape(Shape.of(tensor.shape())));
        weights.put(name, new Weight(name, TensorRef.of(placeholder), tensor));
        operands.put(name, placeholder);
        return placeholder;
    }

    private Operand<?> materialise(String name, OnnxTensor tensor) {
        Ops scope = TfNames.scope(tf, "stored", operands.size(), name);
        boolean fed = trainable.contains(name)
                || (tensor.elementCount() > MAX_CONSTANT_ELEMENTS && tensor.type() != OnnxType.STRING);
        if (fed && outer != null) {
            return fed(path + name, tensor);
        }
        if (fed) {
            Operand<?> placeholder =
                    scope.placeholder(TfTypes.computeType(tensor.type()), Placeholder.shape(Shape.of(tensor.shape())));
            weights.put(name, new Weight(name, TensorRef.of(placeholder), tensor));
            return placeholder;
        }
        try (Tensor value = HostTensors.toTensorFlow(tensor)) {
            return scope.constantOf((TType) value);
        }
    }

    /** Returns a value that the graph's inputs have no influence on, computed now if need be. */
    Optional<OnnxTensor> constant(String name) {
        Optional<OnnxTensor> found = known(name);
        return found.isEmpty() && constantNames.contains(name) && folding.fold(name, this) ? known(name) : found;
    }

    /** Returns a value that is stored and that passes do not change, or that has been computed. */
    Optional<OnnxTensor> known(String name) {
        OnnxTensor remembered = constants.get(name);
        if (remembered != null) {
            return Optional.of(remembered);
        }
        if (trainable.contains(name)) {
            return Optional.empty();
        }
        if (outer != null && isOuter(name)) {
            return outer.constant(name);
        }
        Optional<OnnxTensor> stored = onnx.initializer(name).or(() -> held(name));
        stored.ifPresent(tensor -> constants.put(name, tensor));
        return stored;
    }

    /** Returns what a converter turned into a constant of the graph, as it may do with sizes that are fixed. */
    private Optional<OnnxTensor> held(String name) {
        Operand<?> operand = operands.get(name);
        if (operand == null
                || operand instanceof Composite
                || !operand.op().type().equals("Const")
                || !(operand.op() instanceof GraphOperation op)) {
            return Optional.empty();
        }
        try (Tensor value = op.attributes().getAttrTensor("value")) {
            return Optional.of(HostTensors.toHost(name, value));
        }
    }

    /** Remembers what a value turned out to be; the operand that computes it stays. */
    void remember(String name, OnnxTensor value) {
        constants.put(name, value);
    }

    /** Returns values for a graph that computes one node of this one, all that it reads being known. */
    GraphValues forNode(OnnxNode node, Graph alone, Ops ops) {
        GraphValues values = new GraphValues(onnx, alone, ops, Set.of(), folding);
        OnnxImporter.reads(node).forEach(input -> known(input).ifPresent(value -> values.defineStored(input, value)));
        return values;
    }
}
