package org.lsuv.tf.onnximport;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lsuv.onnx.OnnxAttributes;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TType;

/**
 * Gives a converter its node: operands, attributes, constants, and the builder of operations. No
 * converter meets an empty input name or null.
 */
public final class NodeContext {
    /** Stands for an element of {@link #sizes} that is not known before the graph runs. */
    public static final long UNKNOWN_SIZE = KnownSizes.UNKNOWN;

    private final OnnxNode node;
    private final long opset;
    private final Ops tf;
    private final GraphValues values;
    private final OnnxImporter importer;
    private @Nullable Operand<?> linear;
    private final Map<String, Operand<?>> inner = new LinkedHashMap<>();

    NodeContext(OnnxNode node, long opset, Ops tf, GraphValues values, OnnxImporter importer) {
        this.node = node;
        this.opset = opset;
        this.tf = tf;
        this.values = values;
        this.importer = importer;
    }

    /** Returns the builder of operations, in a name scope of this node's own. */
    public Ops tf() {
        return tf;
    }

    /** Returns the node. */
    public OnnxNode node() {
        return node;
    }

    /** Returns the version of the operator set of this node's domain that the model uses. */
    public long opset() {
        return opset;
    }

    /** Returns the attributes. */
    public OnnxAttributes attributes() {
        return node.attributes();
    }

    /** Returns the number of inputs that the node lists, left-out ones in the middle included. */
    public int inputCount() {
        return node.inputs().size();
    }

    /** Returns the number of outputs that the node lists. */
    public int outputCount() {
        return node.outputs().size();
    }

    /** Tells whether an input is there. */
    public boolean has(int input) {
        return !node.input(input).isEmpty();
    }

    /** Tells whether somebody may read an output. */
    public boolean wants(int output) {
        return !node.output(output).isEmpty();
    }

    /**
     * Returns an input.
     *
     * @throws OnnxFormatException if it is left out
     */
    @SuppressWarnings("TypeParameterUnusedInFormals") // The element type is known to the graph alone.
    public <T extends TType> Operand<T> input(int position) {
        if (!has(position)) {
            throw malformed("input " + position + " is missing");
        }
        return cast(values.operand(node.input(position)));
    }

    /** Returns an input that may be left out. */
    @SuppressWarnings("TypeParameterUnusedInFormals")
    public <T extends TType> Optional<Operand<T>> optional(int position) {
        return has(position) ? Optional.of(this.<T>input(position)) : Optional.empty();
    }

    /** Returns the operand with the element type that the caller knows it to have. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    public static <T extends TType> Operand<T> cast(Operand<?> operand) {
        return (Operand<T>) operand;
    }

    /** Returns what is known of an input's shape: sizes, or only the rank, or nothing. */
    public Shape shape(int input) {
        return input(input).shape();
    }

    /**
     * Returns the rank of an input.
     *
     * @throws UnsupportedModelException if it is not known before the graph runs
     */
    public int rank(int input) {
        Shape shape = shape(input);
        if (shape.isUnknown()) {
            throw unsupported("the rank of input \"" + node.input(input) + "\" is not known before the graph runs");
        }
        return shape.numDimensions();
    }

    /**
     * Returns the value of an input that does not depend on the graph's inputs: an initializer, a
     * constant, or what is computed from those and from fixed shapes. Empty otherwise, or where the
     * input is left out.
     */
    public Optional<OnnxTensor> constant(int input) {
        return has(input) ? values.constant(node.input(input)) : Optional.empty();
    }

    /**
     * Returns the constant integers of an input.
     *
     * @throws UnsupportedModelException if the input is not constant
     */
    public long[] constantLongs(int input) {
        return requireConstant(input).toLongs();
    }

    /**
     * Returns the elements of a list of integers as far as they are known before the graph runs, {@link
     * #UNKNOWN_SIZE} for the others: those of a constant, and those that are computed from sizes, some of
     * which are fixed. Empty where nothing is known.
     */
    public Optional<long[]> sizes(int input) {
        return has(input) ? values.sizes().of(node.input(input)) : Optional.empty();
    }

    /**
     * Returns the element type that an input has in the file. It may be narrower than that of the
     * operand, see {@link org.lsuv.tf.TfTypes#computeType}.
     */
    public OnnxType type(int input) {
        return values.type(node.input(input));
    }

    /**
     * Returns a value that the node names without taking it as an input.
     *
     * @throws OnnxFormatException if nothing before the node computes it
     */
    public Operand<?> named(String value) {
        return values.operand(value);
    }

    /** Returns the rank that the file declares for an output, −1 where it declares none. */
    public int declaredRank(int output) {
        return values.declaredRank(node.output(output));
    }

    /**
     * Says which element type an output has in ONNX, where that is neither the operand's own type nor that
     * of the first input that is carried in the same one. Returns the operand.
     */
    public Operand<?> typed(int output, OnnxType type, Operand<?> operand) {
        values.types().define(node.output(output), type);
        return operand;
    }

    private OnnxTensor requireConstant(int input) {
        if (!has(input)) {
            throw malformed("input " + input + " is missing");
        }
        return constant(input)
                .orElseThrow(
                        () -> unsupported("input \"" + node.input(input) + "\" must be constant, but is computed"));
    }

    /** Returns the operand of a tensor that this node holds, which becomes the node's first output. */
    public Operand<?> stored(OnnxTensor tensor) {
        values.types().define(node.output(0), tensor.type());
        values.defineStored(node.output(0), tensor);
        return values.operand(node.output(0));
    }

    /**
     * Marks the value of a weighted operator before its bias is added, where the operator adds one
     * itself. Returns the same value.
     */
    public <T extends TType> Operand<T> linear(Operand<T> product) {
        linear = product;
        return product;
    }

    Optional<Operand<?>> linear() {
        return Optional.ofNullable(linear);
    }

    /**
     * Marks a value inside of the node by a name, so that a pass can measure and replace it ({@link
     * org.lsuv.tf.TfModel#inner}). Returns the same value.
     */
    public <T extends TType> Operand<T> inner(String name, Operand<T> value) {
        if (inner.put(name, value) != null) {
            throw new IllegalStateException(node.describe() + ": inner value " + name + " is marked twice");
        }
        return value;
    }

    Map<String, Operand<?>> inner() {
        return inner;
    }

    /** Starts to import a graph that this node holds as a function. */
    public InnerGraph body(String attribute) {
        return new InnerGraph(importer, node, attribute, values);
    }

    /** Imports a graph that this node holds in the place of the node; returns the graph's outputs. */
    public List<Operand<?>> inPlace(String attribute, List<? extends Operand<?>> inputs) {
        return importer.inPlace(node, attribute, values, inputs);
    }

    /** Returns the error for a node that breaks the ONNX standard. */
    public OnnxFormatException malformed(String what) {
        return new OnnxFormatException(node.describe() + ": " + what);
    }

    /** Returns the error for a node that is right but cannot be handled. */
    public UnsupportedModelException unsupported(String what) {
        return new UnsupportedModelException(node.describe() + ": " + what);
    }

    /** Returns the error for an attribute, with the node in front. */
    public OnnxFormatException malformedAttribute(String attribute, String what) {
        return attributes().problem(attribute, what);
    }
}
