package org.lsuv.tf.onnxexport;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.TensorRef;
import org.tensorflow.ndarray.Shape;

/**
 * Describes a While that does nothing but run a recurrent cell over a list.
 *
 * @param cell the cell
 * @param results what each value of the state is in the end
 * @param steps the number of steps; empty if that is the number of elements of the list
 * @param lengths the place among the operands of the number of steps of each row; empty if all rows take all steps
 * @param unpacked the operations that take biases apart for this loop alone
 */
record RecurrentLoop(
        RecurrentCell cell,
        List<Result> results,
        Optional<TensorRef> steps,
        OptionalInt lengths,
        List<TfNode> unpacked) {
    private static final Set<String> LOOPS = Set.of("While", "StatelessWhile");

    RecurrentLoop {
        results = List.copyOf(results);
        unpacked = List.copyOf(unpacked);
    }

    /** Lists what a value of the state can be in the end. */
    enum Result {
        /** The same as before, or read by nobody. */
        UNCHANGED,
        /** The hidden state of each step. */
        HIDDEN_STATES,
        HIDDEN_STATE,
        CELL_STATE,
        /** A list of one element, the hidden state. */
        LIST_OF_HIDDEN_STATE
    }

    /** Returns the recurrent layers of a graph by the name of their loop. */
    static Map<String, RecurrentLoop> in(GraphScope scope, OnnxExporter exporter) {
        Map<String, RecurrentLoop> found = new LinkedHashMap<>();
        for (TfNode node : scope.graph().nodes().values()) {
            if (LOOPS.contains(node.op()) && !scope.constants().covers(node)) {
                new Reader(new NodeExport(node, scope, exporter))
                        .read()
                        .ifPresent(loop -> found.put(node.name(), loop));
            }
        }
        return found;
    }

    /** Compares a loop with what it has to be. */
    private static final class Reader {
        private final NodeExport node;
        private final LoopStates states;

        Reader(NodeExport node) {
            this.node = node;
            this.states = new LoopStates(node);
        }

        Optional<RecurrentLoop> read() {
            StepReader step = new StepReader(node, states);
            List<StepValue> running =
                    step.results().stream().map(StepValue::running).toList();
            Optional<RecurrentCell> found = CellReader.find(running).filter(this::fits);
            if (found.isEmpty()) {
                return Optional.empty();
            }
            RecurrentCell cell = found.get();
            OptionalInt lengths = lengths(step.results().get(cell.hidden()));
            RecurrentEnds ends = new RecurrentEnds(node, states, step, cell, lengths, number -> isLength(number, cell));
            Optional<List<Result>> results = ends.results();
            return results.isEmpty()
                    ? Optional.empty()
                    : LoopLimits.of(node, states).flatMap(limits -> {
                        List<TensorRef> shorter = limits.stream()
                                .filter(limit -> !isLength(limit, cell) && !isBehindAll(limit, cell, lengths))
                                .toList();
                        boolean clear = shorter.isEmpty() || (limits.size() == 1 && lengths.isEmpty());
                        return clear
                                ? Optional.of(new RecurrentLoop(
                                        cell, results.get(), shorter.stream().findFirst(), lengths, unpacked(cell)))
                                : Optional.empty();
                    });
        }

        private static OptionalInt lengths(StepValue next) {
            return next instanceof StepValue.Padded padded ? OptionalInt.of(padded.lengths()) : OptionalInt.empty();
        }

        /**
         * Tells whether no row goes on behind a number of steps: it is no less than their greatest length, or the
         * number of elements of the list.
         */
        private boolean isBehindAll(TensorRef limit, RecurrentCell cell, OptionalInt lengths) {
            if (lengths.isEmpty()) {
                return false;
            }
            TfNode maker = node.scope().graph().node(states.origin(limit));
            return switch (maker.op()) {
                case "Minimum" ->
                    maker.inputs().stream()
                            .allMatch(input -> isLength(input, cell) || isBehindAll(input, cell, lengths));
                case "Maximum" -> maker.inputs().stream().anyMatch(input -> isBehindAll(input, cell, lengths));
                case "Max" -> states.origin(maker.inputs().get(0)).equals(states.origin(node.ref(lengths.getAsInt())));
                default -> false;
            };
        }

        /** ONNX Runtime has all three operators for float32 alone. */
        private boolean fits(RecurrentCell cell) {
            Shape items = node.scope().graph().shape(source(cell));
            return node.type(cell.hidden()) == OnnxType.FLOAT
                    && states.role(cell.item()) == LoopStates.Role.CONSTANT
                    && isListOfTensor(cell)
                    && (items.isUnknown() || items.numDimensions() == 3)
                    && weights(cell).allMatch(weight -> readByThisAlone(weight));
        }

        private boolean isListOfTensor(RecurrentCell cell) {
            return node.scope().graph().node(list(cell)).op().equals("TensorListFromTensor");
        }

        private TensorRef list(RecurrentCell cell) {
            return states.origin(node.ref(cell.item()));
        }

        /** Returns the tensor that the list is made of. */
        private TensorRef source(RecurrentCell cell) {
            List<TensorRef> inputs = node.scope().graph().node(list(cell)).inputs();
            return inputs.isEmpty() ? list(cell) : inputs.get(0);
        }

        private Stream<TensorRef> weights(RecurrentCell cell) {
            return Stream.of(
                            cell.inputs().stream(),
                            cell.states().stream(),
                            cell.biases().stream().flatMap(Optional::stream))
                    .flatMap(parts -> parts)
                    .map(WeightPart::weight)
                    .distinct();
        }

        /** The loop gives out what is passed to it; who reads a weight there reads one that is not stored as such. */
        private boolean readByThisAlone(TensorRef weight) {
            for (int i = 0; i < states.size(); i++) {
                if (states.origin(node.ref(i)).equals(states.origin(weight)) && node.wants(i)) {
                    return false;
                }
            }
            return true;
        }

        private boolean isLength(TensorRef limit, RecurrentCell cell) {
            Shape items = node.scope().graph().shape(source(cell));
            Optional<OnnxTensor> constant = node.scope().constants().value(limit);
            if (constant.isPresent() && !items.isUnknown() && items.get(0) >= 0) {
                return constant.get().toLongs()[0] == items.get(0);
            }
            return isFirstSize(limit, source(cell)) || isReservedFor(limit, source(cell));
        }

        /** Tells whether a number is the first size of a tensor, or of the same one backwards. */
        private boolean isFirstSize(TensorRef number, TensorRef tensor) {
            TfGraph graph = node.scope().graph();
            TfNode slice = graph.node(number);
            if (!slice.op().equals("StridedSlice") || slice.integer("shrink_axis_mask") != 1) {
                return false;
            }
            boolean first = node.scope()
                    .constants()
                    .value(slice.inputs().get(1))
                    .filter(begin -> begin.elementCount() == 1 && begin.toLongs()[0] == 0)
                    .isPresent();
            TfNode shape = graph.node(states.origin(slice.inputs().get(0)));
            return first
                    && shape.op().equals("Shape")
                    && forward(shape.inputs().get(0)).equals(forward(tensor));
        }

        /** Tells whether a number is that of the elements of a list which a loop sets, if a tensor is made of it. */
        private boolean isReservedFor(TensorRef number, TensorRef tensor) {
            TfGraph graph = node.scope().graph();
            TfNode stack = graph.node(forward(tensor));
            if (!stack.op().equals("TensorListStack")) {
                return false;
            }
            TensorRef set = states.origin(stack.inputs().get(0));
            TfNode loop = graph.node(set);
            if (!LOOPS.contains(loop.op())) {
                return false;
            }
            TfNode reserve = graph.node(states.origin(loop.inputs().get(set.index())));
            return reserve.op().equals("TensorListReserve")
                    && states.sizes().areSame(reserve.inputs().get(1), number);
        }

        private TensorRef forward(TensorRef tensor) {
            TensorRef origin = states.origin(tensor);
            TfNode maker = node.scope().graph().node(origin);
            return maker.op().equals("ReverseV2") ? forward(maker.inputs().get(0)) : origin;
        }

        /** Returns what unpacks biases, where nothing else reads the parts. */
        private List<TfNode> unpacked(RecurrentCell cell) {
            List<TfNode> makers = new ArrayList<>();
            Set<TensorRef> biases = Set.copyOf(cell.biases().stream()
                    .flatMap(Optional::stream)
                    .filter(bias -> bias.row().isPresent())
                    .map(WeightPart::weight)
                    .distinct()
                    .toList());
            TfGraph graph = node.scope().graph();
            node.node().inputs().stream()
                    .map(input -> graph.node(states.origin(input)))
                    .filter(maker -> maker.op().equals("Unpack"))
                    .filter(maker -> biases.contains(maker.inputs().get(0)))
                    .filter(this::isReadHereAlone)
                    .distinct()
                    .forEach(makers::add);
            return makers;
        }

        private boolean isReadHereAlone(TfNode maker) {
            TfGraph graph = node.scope().graph();
            long inside = 0;
            for (int i = 0; i < states.size(); i++) {
                if (graph.node(node.ref(i)).equals(maker)) {
                    inside += node.wants(i) ? -1 : 1;
                }
            }
            long all = 0;
            for (int i = 0; i < maker.types().size(); i++) {
                all += graph.uses(maker.output(i));
            }
            return inside == all;
        }
    }
}
