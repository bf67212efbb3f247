package org.lsuv.tf.onnxexport;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.onnxexport.RecurrentLoop.Result;

/**
 * Tells what the values of a recurrent loop's state are in the end. Where rows end before others, ONNX's operators give
 * zeros behind the end of a row, and its last states.
 */
final class RecurrentEnds {
    private final NodeExport node;
    private final LoopStates states;
    private final TfFunction body;
    private final StepReader step;
    private final RecurrentCell cell;
    private final OptionalInt lengths;
    private final Predicate<TensorRef> isLength;

    /**
     * @param lengths the place of the number of steps of each row; empty if all rows take all steps
     * @param isLength tells whether a number is that of the elements of the list
     */
    RecurrentEnds(
            NodeExport node,
            LoopStates states,
            StepReader step,
            RecurrentCell cell,
            OptionalInt lengths,
            Predicate<TensorRef> isLength) {
        this.node = node;
        this.states = states;
        this.body = states.body();
        this.step = step;
        this.cell = cell;
        this.lengths = lengths;
        this.isLength = isLength;
    }

    /** Returns what each value is; empty if one is something else that is read. */
    Optional<List<Result>> results() {
        if (!stays(cell.hidden()) || !cell.cell().stream().allMatch(this::stays)) {
            return Optional.empty();
        }
        List<Result> results = new ArrayList<>();
        for (int i = 0; i < states.size(); i++) {
            Optional<Result> found = result(i);
            if (found.isEmpty() && node.wants(i)) {
                return Optional.empty();
            }
            results.add(found.orElse(Result.UNCHANGED));
        }
        return Optional.of(results);
    }

    private StepValue next(int state) {
        return step.value(body.results().get(state));
    }

    /** Tells whether a state stays as it is behind the end of a row. */
    private boolean stays(int state) {
        return lengths.isEmpty()
                ? !(next(state) instanceof StepValue.Padded)
                : next(state) instanceof StepValue.Padded padded
                        && padded.lengths() == lengths.getAsInt()
                        && padded.behind().equals(body.arguments().get(state));
    }

    private Optional<Result> result(int state) {
        return switch (states.role(state)) {
            case CONSTANT -> Optional.of(Result.UNCHANGED);
            case CARRIED ->
                next(state).equals(next(cell.hidden()))
                        ? Optional.of(Result.HIDDEN_STATE)
                        : cell.cell().stream()
                                .filter(place -> next(state).equals(next(place)))
                                .mapToObj(place -> Result.CELL_STATE)
                                .findFirst();
            case COLLECTED -> Optional.of(Result.HIDDEN_STATES).filter(all -> shows(state) && isWhole(state));
            case LAST -> Optional.of(Result.LIST_OF_HIDDEN_STATE).filter(last -> lengths.isEmpty() && shows(state));
        };
    }

    /** Tells whether each step sets the hidden state as an element of a list, and zeros behind the end of a row. */
    private boolean shows(int state) {
        StepValue shown = step.value(set(state).inputs().get(2));
        StepValue hidden = StepValue.running(next(cell.hidden()));
        return lengths.isEmpty()
                ? shown.equals(hidden)
                : shown instanceof StepValue.Padded padded
                        && padded.lengths() == lengths.getAsInt()
                        && padded.running().equals(hidden)
                        && isZero(padded.behind());
    }

    private TfNode set(int state) {
        return body.graph().node(body.origin(body.results().get(state)));
    }

    /** What a loop over rows that end does not set are zeros, as what it sets behind their ends. */
    private boolean isWhole(int state) {
        return states.fills(state)
                || (lengths.isPresent()
                        && isLength.test(states.initial(state).inputs().get(1)));
    }

    private boolean isZero(TensorRef tensor) {
        int argument = body.argument(tensor);
        if (argument >= 0) {
            return states.role(argument) == LoopStates.Role.CONSTANT && isZero(node, argument);
        }
        return body.graph().node(tensor).op().equals("ZerosLike")
                || isZero(
                        GraphConstants.of(body.graph(), states.constants(body)).value(tensor));
    }

    /** Tells whether an operand of an operation is zeros in every run. */
    static boolean isZero(NodeExport node, int operand) {
        TfNode maker = node.producer(operand).node();
        return maker.op().equals("ZerosLike")
                || isZero(
                        maker.op().equals("Fill")
                                ? node.scope().constants().value(maker.inputs().get(1))
                                : node.constant(operand));
    }

    private static boolean isZero(Optional<OnnxTensor> value) {
        return value.filter(numbers -> Arrays.stream(numbers.toDoubles()).allMatch(number -> number == 0))
                .isPresent();
    }
}
