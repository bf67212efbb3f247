package org.lsuv.tf.onnxexport;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.lsuv.onnx.NodeDraft;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfTypes;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;

/** Gives a converter its operation: attributes, operands as ONNX values, and the graph that takes its nodes. */
public final class NodeExport {
    private final TfNode node;
    private final GraphScope scope;
    private final OnnxExporter exporter;

    NodeExport(TfNode node, GraphScope scope, OnnxExporter exporter) {
        this.node = node;
        this.scope = scope;
        this.exporter = exporter;
    }

    TfNode node() {
        return node;
    }

    GraphScope scope() {
        return scope;
    }

    OnnxExporter exporter() {
        return exporter;
    }

    /** Returns the operation's type. */
    public String op() {
        return node.op();
    }

    /** Returns the version of the ONNX operators that are written. */
    public long opset() {
        return exporter.opset();
    }

    /** Returns the number of operands. */
    public int inputs() {
        return node.inputs().size();
    }

    /** Returns the number of results. */
    public int outputs() {
        return node.types().size();
    }

    /** Returns the operation that gives an operand. */
    public NodeExport producer(int input) {
        return new NodeExport(scope.graph().node(ref(input)), scope, exporter);
    }

    /** Tells whether this operation alone reads an operand. */
    public boolean readsAlone(int input) {
        return scope.graph().uses(ref(input)) == 1;
    }

    TensorRef ref(int input) {
        return node.inputs().get(input);
    }

    /** Returns the ONNX value of an operand. */
    public String in(int input) {
        return scope.name(ref(input));
    }

    /** Returns the ONNX value of an operand with its axes in an order. */
    public String in(int input, Order order) {
        return scope.name(ref(input), order);
    }

    /** Returns the order in which an operand lies; empty if as it is, or if it can be had in any. */
    public Optional<Order> order(int input) {
        return scope.order(ref(input));
    }

    /** Tells whether an operand is stored and can be written in any order. */
    public boolean isStored(int input) {
        return scope.isFlexible(ref(input));
    }

    /** Returns an operand as int64, which ONNX takes for sizes and indices. */
    public String inLongs(int input) {
        Optional<OnnxTensor> constant = constant(input);
        if (constant.isPresent()) {
            return longs(constant.get().shape(), constant.get().toLongs());
        }
        return type(input) == OnnxType.INT64 ? in(input) : cast(in(input), OnnxType.INT64);
    }

    /** Returns an operand in the order in which it lies. */
    public String asItLies(int input) {
        Optional<Order> order = order(input);
        return order.isPresent() ? in(input, order.get()) : in(input);
    }

    /** Returns the value of an operand that is constant. */
    public Optional<OnnxTensor> constant(int input) {
        return scope.constants().value(ref(input));
    }

    /**
     * Returns the integers of an operand that must be constant.
     *
     * @throws UnsupportedModelException if it is not
     */
    public long[] integers(int input) {
        return constant(input)
                .orElseThrow(() -> unsupported("operand " + input + " is computed, and only a constant is supported"))
                .toLongs();
    }

    /** Returns the element type of an operand. */
    public OnnxType type(int input) {
        return scope.type(ref(input));
    }

    /** Returns what is known of the shape of an operand. */
    public Shape shape(int input) {
        return scope.shape(ref(input));
    }

    /**
     * Returns the number of dimensions of an operand.
     *
     * @throws UnsupportedModelException if it is not known
     */
    public int rank(int input) {
        if (shape(input).isUnknown()) {
            throw unsupported("the rank of operand " + input + " is not known");
        }
        return shape(input).numDimensions();
    }

    /** Returns what is known of the shape of a result. */
    public Shape outShape(int output) {
        return node.shapes().get(output);
    }

    /** Returns the element type of a result. */
    public OnnxType outType(int output) {
        return TfTypes.onnxType(node.types().get(output));
    }

    /** Tells whether anything reads a result. */
    public boolean wants(int output) {
        return scope.graph().uses(node.output(output)) > 0;
    }

    /** Returns sizes as far as they are known, −1 for one that is not, if an operand is a list of sizes. */
    public Optional<long[]> sizes(int input) {
        return scope.constants()
                .sizes(ref(input))
                .map(sizes -> LongStream.of(sizes.values())
                        .map(size -> size == KnownShapes.OPEN ? -1 : size)
                        .toArray());
    }

    // --- attributes

    Optional<AttrValue> attribute(String name) {
        return Optional.ofNullable(node.attributes().get(name));
    }

    /** Returns a truth value among the attributes. */
    public boolean flag(String name) {
        return attribute(name).map(AttrValue::getB).orElse(false);
    }

    /** Returns an integer attribute, 0 where there is none. */
    public long integer(String name) {
        return attribute(name).map(AttrValue::getI).orElse(0L);
    }

    /** Returns an attribute of several integers. */
    public List<Long> list(String name) {
        return attribute(name).map(value -> value.getList().getIList()).orElse(List.of());
    }

    /** Returns a floating-point attribute. */
    public float real(String name) {
        return attribute(name).map(AttrValue::getF).orElse(0f);
    }

    /** Returns an attribute of several floating-point numbers. */
    public List<Float> reals(String name) {
        return attribute(name).map(value -> value.getList().getFList()).orElse(List.of());
    }

    /** Returns an attribute of text, empty where there is none. */
    public String text(String name) {
        return attribute(name).map(value -> value.getS().toStringUtf8()).orElse("");
    }

    /** Returns an attribute of several texts. */
    public List<String> texts(String name) {
        return attribute(name).map(value -> value.getList().getSList()).orElse(List.of()).stream()
                .map(ByteString::toStringUtf8)
                .toList();
    }

    /** Returns an attribute that names a type. */
    public OnnxType typeAttribute(String name) {
        DataType type = attribute(name).map(AttrValue::getType).orElse(DataType.DT_INVALID);
        return TfTypes.onnxType(type);
    }

    // --- nodes

    /** Starts a node. */
    public NodeDraft draft(String operator, String... operands) {
        return scope.onnx().node(operator, operands);
    }

    /** Adds a node without attributes and returns its only result. */
    public String add(String operator, String... operands) {
        return draft(operator, operands).add();
    }

    /** Stores integers and returns the value. */
    public String longs(long... values) {
        return longs(new long[] {values.length}, values);
    }

    /** Stores integers and returns the value. */
    public String longs(List<Long> values) {
        return longs(values.stream().mapToLong(Long::longValue).toArray());
    }

    private String longs(long[] shape, long... values) {
        return store(OnnxTensor.ofLongs("", shape, values));
    }

    /** Stores one integer without dimensions. */
    public String index(long value) {
        return longs(new long[0], value);
    }

    /** Stores a number without dimensions, of the type of an operand. */
    public String scalar(int likeInput, double value) {
        return scalar(type(likeInput), value);
    }

    /** Stores a number without dimensions. */
    public String scalar(OnnxType type, double value) {
        return store(OnnxTensor.ofNumbers("", type, new long[0], value));
    }

    /** Stores a tensor and returns the value. */
    public String store(OnnxTensor tensor) {
        String name = scope.onnx().freeName(tensor.name().isEmpty() ? node.name() + "/constant" : tensor.name());
        scope.onnx().initializer(tensor.withName(name));
        return name;
    }

    /** Adds a Cast. */
    public String cast(String value, OnnxType type) {
        return draft("Cast", value).with("to", type.code()).add();
    }

    /** Adds an Unsqueeze. */
    public String unsqueeze(String value, List<Long> axes) {
        return axes.isEmpty() ? value : add("Unsqueeze", value, longs(axes));
    }

    /** Adds a Squeeze. */
    public String squeeze(String value, List<Long> axes) {
        return axes.isEmpty() ? value : add("Squeeze", value, longs(axes));
    }

    /** Adds a Transpose. */
    public String transpose(String value, Order order) {
        return order.isIdentity()
                ? value
                : draft("Transpose", value)
                        .withInts("perm", Order.identity(order.rank()).to(order))
                        .add();
    }

    /** Adds a Reshape to sizes of which none is 0 and one may be −1. */
    public String reshape(String value, long... sizes) {
        return add("Reshape", value, longs(sizes));
    }

    /** Returns a new name for a value that is none of the results. */
    public String name(int number) {
        return scope.onnx().freeName(node.name() + "/part" + number);
    }

    // --- results

    /** Finishes a node, which gives a result as it is. */
    public void give(int output, NodeDraft last) {
        String name = scope.newName(node.output(output), Optional.empty());
        last.addAs(List.of(name));
        scope.define(node.output(output), name);
    }

    /** Finishes a node, which gives the only result as it is. */
    public void give(NodeDraft last) {
        give(0, last);
    }

    /** Finishes a node, which gives a result with its axes in an order. */
    public void give(int output, NodeDraft last, Order order) {
        String name = scope.newName(node.output(output), order.isIdentity() ? Optional.empty() : Optional.of(order));
        last.addAs(List.of(name));
        scope.define(node.output(output), name, order);
    }

    /** Finishes a node that gives several results, all of them with their axes in one order. */
    public void giveAll(NodeDraft last, Optional<Order> order) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < outputs(); i++) {
            String name = scope.newName(node.output(i), order.filter(other -> !other.isIdentity()));
            names.add(name);
            if (order.isPresent()) {
                scope.define(node.output(i), name, order.get());
            } else {
                scope.define(node.output(i), name);
            }
        }
        last.addAs(names);
    }

    /** Says that a value that is there already is a result. */
    public void is(int output, String value) {
        scope.define(node.output(output), value);
    }

    /** Says that no value holds a result, and why; it fails if something reads it after all. */
    public void nothing(int output, String reason) {
        scope.undefine(node.output(output), unsupported(reason));
    }

    /** Says that a result is an operand, unchanged. */
    public void passes(int output, int input) {
        scope.alias(node.output(output), ref(input));
    }

    /** Says that the only result is the first operand with its axes in an order. */
    public void transposes(Order permutation) {
        scope.transposed(node.output(0), ref(0), permutation);
    }

    /** Says that the only result is the first operand under another shape, if that is stored for it alone. */
    public boolean reshapesStored() {
        Shape shape = outShape(0);
        return !shape.isUnknown()
                && !shape.hasUnknownDimension()
                && scope.reshapeStored(node.output(0), ref(0), shape.asArray());
    }

    /** Returns an operand with its axes in an order and then another shape; a stored one is written that way. */
    public String reshaped(int input, Order order, long... shape) {
        return scope.reshaped(ref(input), order, shape).orElseGet(() -> reshape(in(input, order), shape));
    }

    /**
     * Adds a bias to the node that gives the first operand, if that takes one and nothing else reads it.
     *
     * @param input which operand the bias is: a stored tensor of one dimension
     * @return whether that was possible
     */
    public boolean fuseBias(int input) {
        TensorRef product = ref(0);
        if (scope.graph().uses(product) != 1 || !isStored(input) || shape(input).numDimensions() != 1) {
            return false;
        }
        return scope.fuseBias(node.output(0), product, ref(input));
    }

    // --- functions

    /** Writes this operation, which runs a function while another one holds, as a Loop. */
    public void loop() {
        new LoopExport(this).write();
    }

    /** Writes this operation, which runs one of two functions, as an If. */
    public void choice() {
        new ChoiceExport(this).write();
    }

    // --- errors

    /** Returns the error for a form of this operation that is not supported. */
    public UnsupportedModelException unsupported(String what) {
        return new UnsupportedModelException("operation \"" + node.name() + "\" (" + node.op() + "): " + what);
    }
}
