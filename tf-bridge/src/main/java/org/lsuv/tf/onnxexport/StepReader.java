package org.lsuv.tf.onnxexport;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.TensorRef;
import org.tensorflow.ndarray.Shape;

/** Reads what a step of a loop computes, as far as recurrent cells go. */
final class StepReader {
    /** What cells apply, by TensorFlow's name, and ONNX's names of the same with its defaults. */
    private static final Map<String, String> FUNCTIONS = Map.of(
            "Sigmoid", "Sigmoid",
            "Tanh", "Tanh",
            "Relu", "Relu",
            "Elu", "Elu",
            "Softsign", "Softsign",
            "Softplus", "Softplus");

    private final NodeExport loop;
    private final TfGraph outside;
    private final LoopStates states;
    private final TfFunction body;
    private final GraphConstants constants;
    private final Map<TensorRef, StepValue> read = new HashMap<>();

    StepReader(NodeExport loop, LoopStates states) {
        this.loop = loop;
        this.outside = loop.scope().graph();
        this.states = states;
        this.body = states.body();
        this.constants = GraphConstants.of(body.graph(), states.constants(body));
        body.graph().nodes().values().forEach(this::read);
    }

    /** Returns how a tensor of the body is made. */
    StepValue value(TensorRef tensor) {
        return read.getOrDefault(tensor, new StepValue.Unknown(tensor));
    }

    /** Reads an operation, whose inputs were read before. */
    private void read(TfNode node) {
        int argument = body.arguments().indexOf(node.output(0));
        for (int i = 0; i < node.types().size(); i++) {
            Optional<StepValue> value = argument >= 0 ? argument(argument) : result(node, i);
            int place = i;
            value.ifPresent(found -> read.put(node.output(place), found));
        }
    }

    private Optional<StepValue> argument(int place) {
        return switch (states.role(place)) {
            case CARRIED -> Optional.of(new StepValue.State(place));
            case CONSTANT -> weight(loop.ref(place)).map(StepValue.Stored::new);
            default -> Optional.empty();
        };
    }

    private Optional<WeightPart> weight(TensorRef tensor) {
        TensorRef origin = states.origin(tensor);
        TfNode maker = outside.node(origin);
        boolean computed = loop.scope().constants().value(tensor).isEmpty();
        if (computed && maker.op().equals("Unpack") && isFirst(maker.integer("axis"))) {
            return weight(maker.inputs().get(0)).filter(this::isMatrix).map(matrix -> matrix.row(origin.index()));
        }
        Shape shape = outside.shape(tensor);
        return shape.isUnknown()
                        || shape.hasUnknownDimension()
                        || shape.numDimensions() == 0
                        || shape.numDimensions() > 2
                ? Optional.empty()
                : Optional.of(WeightPart.all(tensor, shape.get(-1)));
    }

    private static boolean isFirst(long axis) {
        return axis == 0 || axis == -2;
    }

    private boolean isMatrix(WeightPart part) {
        return part.row().isEmpty() && outside.shape(part.weight()).numDimensions() == 2;
    }

    private Optional<StepValue> result(TfNode node, int output) {
        return switch (node.op()) {
            case "Identity" -> Optional.of(input(node, 0));
            case "TensorListGetItem" -> item(node);
            case "MatMul" -> product(node);
            case "Add", "AddV2", "BiasAdd" -> StepValue.sum(addend(node, 0), addend(node, 1));
            case "Mul" -> Optional.of(new StepValue.Times(input(node, 0), input(node, 1)));
            case "Sub" ->
                constant(node, 0)
                        .filter(one -> Arrays.stream(one.toDoubles()).allMatch(value -> value == 1))
                        .map(one -> new StepValue.Rest(input(node, 1)));
            case "Split" -> split(node, output);
            case "SplitV" -> splitUnequally(node, output);
            case "StridedSlice" -> slice(node);
            case "Unpack" -> row(node, output);
            case "GreaterEqual" -> past(node);
            case "Select" ->
                input(node, 0) instanceof StepValue.Past past
                        ? Optional.of(new StepValue.Padded(
                                past.lengths(), body.origin(node.inputs().get(1)), input(node, 2)))
                        : Optional.empty();
            default ->
                Optional.ofNullable(FUNCTIONS.get(node.op()))
                        .map(function -> new StepValue.Activated(function, input(node, 0)));
        };
    }

    private StepValue input(TfNode node, int place) {
        return value(node.inputs().get(place));
    }

    private Optional<OnnxTensor> constant(TfNode node, int place) {
        return constants.value(node.inputs().get(place));
    }

    private StepValue addend(TfNode node, int place) {
        StepValue value = input(node, place);
        Optional<OnnxTensor> number = value instanceof StepValue.Unknown
                ? constant(node, place).filter(constant -> constant.rank() == 0)
                : Optional.empty();
        return number.<StepValue>map(found -> new StepValue.Constant(found.toDoubles()[0]))
                .orElse(value);
    }

    private boolean isConstant(int argument) {
        return argument >= 0 && states.role(argument) == LoopStates.Role.CONSTANT;
    }

    /** Tells whether a tensor is the number of the step. */
    private boolean isStep(TensorRef tensor) {
        int step = body.argument(tensor);
        return step >= 0 && states.role(step) == LoopStates.Role.CARRIED && states.counts(step);
    }

    private Optional<StepValue> past(TfNode node) {
        int lengths = body.argument(node.inputs().get(1));
        boolean each = isConstant(lengths)
                && outside.shape(loop.ref(lengths)).numDimensions() == 1
                && isStep(node.inputs().get(0));
        return each ? Optional.of(new StepValue.Past(lengths)) : Optional.empty();
    }

    private Optional<StepValue> item(TfNode node) {
        int list = body.argument(node.inputs().get(0));
        boolean next = isConstant(list) && isStep(node.inputs().get(1));
        return next ? Optional.of(new StepValue.Item(list)) : Optional.empty();
    }

    private Optional<StepValue> product(TfNode node) {
        if (node.flag("transpose_a")
                || !(input(node, 1) instanceof StepValue.Stored weight)
                || !isMatrix(weight.part())) {
            return Optional.empty();
        }
        WeightPart part = weight.part();
        if (node.flag("transpose_b")) {
            Shape shape = outside.shape(part.weight());
            if (part.width() != shape.get(1)) {
                return Optional.empty();
            }
            part = new WeightPart(part.weight(), Optional.empty(), 0, shape.get(0), true);
        }
        return Optional.of(new StepValue.Product(input(node, 0), part));
    }

    /** Returns the axis of the columns: the second one, and the only one of vectors. */
    private int columnAxis(StepValue value) {
        return value instanceof StepValue.Stored stored && !isMatrix(stored.part()) ? 0 : 1;
    }

    private boolean isColumnAxis(StepValue value, Optional<OnnxTensor> axis) {
        return axis.filter(found -> found.toLongs()[0] == columnAxis(value) || found.toLongs()[0] == -1)
                .isPresent();
    }

    private Optional<StepValue> split(TfNode node, int output) {
        StepValue value = input(node, 1);
        if (!isColumnAxis(value, constant(node, 0))) {
            return Optional.empty();
        }
        return StepValue.width(value).flatMap(width -> {
            long each = width / node.types().size();
            return StepValue.columns(value, output * each, (output + 1) * each);
        });
    }

    private Optional<StepValue> splitUnequally(TfNode node, int output) {
        StepValue value = input(node, 0);
        Optional<OnnxTensor> sizes = constant(node, 1);
        Optional<Long> width = StepValue.width(value);
        if (sizes.isEmpty() || width.isEmpty() || !isColumnAxis(value, constant(node, 2))) {
            return Optional.empty();
        }
        long[] all = sizes.get().toLongs();
        long open = width.get() - Arrays.stream(all).filter(size -> size >= 0).sum();
        long from = 0;
        for (int i = 0; i < output; i++) {
            from += all[i] < 0 ? open : all[i];
        }
        return StepValue.columns(value, from, from + (all[output] < 0 ? open : all[output]));
    }

    private Optional<StepValue> row(TfNode node, int output) {
        return isFirst(node.integer("axis"))
                        && input(node, 0) instanceof StepValue.Stored stored
                        && isMatrix(stored.part())
                ? Optional.of(new StepValue.Stored(stored.part().row(output)))
                : Optional.empty();
    }

    /** Reads {@code x[:, a:b]}, {@code x[..., a:b]} and, of a vector, {@code x[a:b]}. */
    private Optional<StepValue> slice(TfNode node) {
        StepValue value = input(node, 0);
        Optional<Long> width = StepValue.width(value);
        Optional<OnnxTensor> begin = constant(node, 1);
        Optional<OnnxTensor> end = constant(node, 2);
        Optional<OnnxTensor> step = constant(node, 3);
        boolean reshapes = mask(node, "new_axis_mask") != 0 || mask(node, "shrink_axis_mask") != 0;
        if (width.isEmpty() || begin.isEmpty() || end.isEmpty() || step.isEmpty() || reshapes) {
            return Optional.empty();
        }
        int last = begin.get().toLongs().length - 1;
        long whole = (mask(node, "begin_mask") & mask(node, "end_mask")) | mask(node, "ellipsis_mask");
        long others = (1L << last) - 1;
        if (last != columnAxis(value)
                || (whole & others) != others
                || (mask(node, "ellipsis_mask") >> last) != 0
                || Arrays.stream(step.get().toLongs()).anyMatch(by -> by != 1)) {
            return Optional.empty();
        }
        long from =
                (mask(node, "begin_mask") >> last) == 1 ? 0 : place(begin.get().toLongs()[last], width.get());
        long to = (mask(node, "end_mask") >> last) == 1
                ? width.get()
                : place(end.get().toLongs()[last], width.get());
        return from < to ? StepValue.columns(value, from, to) : Optional.empty();
    }

    private static long place(long index, long size) {
        return Math.max(0, Math.min(size, index < 0 ? index + size : index));
    }

    private static long mask(TfNode node, String name) {
        return node.integer(name);
    }

    /** Returns how the results of a step are made. */
    List<StepValue> results() {
        return body.results().stream().map(this::value).toList();
    }
}
