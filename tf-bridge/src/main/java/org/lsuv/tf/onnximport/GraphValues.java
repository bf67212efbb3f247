package org.lsuv.tf.onnximport;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.tf.HostTensors;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfNames;
import org.lsuv.tf.TfTypes;
import org.lsuv.tf.Weight;
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
    private final Ops tf;
    private final Set<String> trainable;
    private final Map<String, Operand<?>> operands = new LinkedHashMap<>();
    private final Map<String, OnnxTensor> constants = new HashMap<>();
    private final Set<String> constantNames = new HashSet<>();
    private final Map<String, Weight> weights = new LinkedHashMap<>();
    private final KnownSizes sizes = new KnownSizes(this);
    private final ValueTypes types = new ValueTypes();
    private final ConstantFolding folding;

    /**
     * @param trainable the stored tensors that passes may change: these are always fed and never taken
     *     for constants
     * @param folding computes values that are constant
     */
    GraphValues(OnnxGraph onnx, Ops tf, Set<String> trainable, ConstantFolding folding) {
        this.onnx = onnx;
        this.tf = tf;
        this.trainable = trainable;
        this.folding = folding;
    }

    Map<String, Operand<?>> computed() {
        return operands;
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

    /** Returns the element type that the file declares for a value, or that of what computes it. */
    OnnxType type(String name) {
        return onnx.initializer(name)
                .map(OnnxTensor::type)
                .or(() -> onnx.declared(name).map(OnnxValue::type).filter(type -> type != OnnxType.UNDEFINED))
                .or(() -> types.of(name))
                .orElseGet(() -> TfTypes.onnxType(operand(name).type()));
    }

    /** Tells whether the graph's inputs have no influence on a value. */
    boolean isConstant(String name) {
        return constants.containsKey(name)
                || constantNames.contains(name)
                || onnx.initializerNames().contains(name);
    }

    Operand<?> operand(String name) {
        Operand<?> known = operands.get(name);
        if (known != null) {
            return known;
        }
        OnnxTensor stored = Optional.ofNullable(constants.get(name))
                .or(() -> onnx.initializer(name))
                .orElseThrow(() -> new OnnxFormatException("value \"" + name + "\" is not defined anywhere"));
        Operand<?> operand = materialise(name, stored);
        operands.put(name, operand);
        return operand;
    }

    private Operand<?> materialise(String name, OnnxTensor tensor) {
        Ops scope = TfNames.scope(tf, "stored", operands.size(), name);
        boolean fed = trainable.contains(name)
                || (tensor.elementCount() > MAX_CONSTANT_ELEMENTS && tensor.type() != OnnxType.STRING);
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
        Optional<OnnxTensor> stored = onnx.initializer(name).or(() -> held(name));
        stored.ifPresent(tensor -> constants.put(name, tensor));
        return stored;
    }

    /** Returns what a converter turned into a constant of the graph, as it may do with sizes that are fixed. */
    private Optional<OnnxTensor> held(String name) {
        Operand<?> operand = operands.get(name);
        if (operand == null || !operand.op().type().equals("Const") || !(operand.op() instanceof GraphOperation op)) {
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

    /** Returns values for a graph that computes one node of this one, all of whose inputs are known. */
    GraphValues forNode(OnnxNode node, Ops ops) {
        GraphValues alone = new GraphValues(onnx, ops, Set.of(), folding);
        node.inputs().forEach(input -> known(input).ifPresent(value -> alone.defineStored(input, value)));
        return alone;
    }
}
