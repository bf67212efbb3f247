package org.lsuv.tf.onnximport.ops.recurrent;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsuv.tf.ControlFlow;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.lsuv.tf.onnximport.ops.Size;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;

/**
 * Runs a cell over the steps of a sequence. Rows may end before the longest one: behind its end a row keeps
 * its state, and its outputs are zero. In reverse the same rule lets a row start at its own last step.
 */
final class RecurrentLoop {
    private final RecurrentNode layer;
    private final RecurrentCell cell;
    private final int position;
    private final RecurrentNode.Direction direction;
    private final Operand<TNumber> gates;

    /**
     * @param position the position of the direction
     * @param gates the projected inputs of all steps, as step × batch × gates
     */
    RecurrentLoop(RecurrentNode layer, RecurrentCell cell, int position, Operand<TNumber> gates) {
        this.layer = layer;
        this.cell = cell;
        this.position = position;
        this.direction = layer.directions().get(position);
        this.gates = gates;
    }

    /**
     * Holds what the loop gives.
     *
     * @param states the state of each row after its last step, as batch × hidden
     * @param sequence the output of each step, as step × batch × hidden; empty where nobody reads it
     */
    record Result(List<Operand<TNumber>> states, Optional<Operand<TNumber>> sequence) {}

    /** Builds the loop for a cell with this many states. */
    Result run(int states) {
        Ops tf = layer.node().tf();
        boolean collect = layer.node().wants(0);
        // The loop's state: the number of steps done, the cell's state, the outputs, and behind them what stays.
        List<Operand<?>> initial = new ArrayList<>();
        initial.add(tf.constant(0));
        for (int i = 0; i < states; i++) {
            initial.add(layer.initialState(i, position));
        }
        if (collect) {
            initial.add(outputs(tf));
        }
        int stays = initial.size();
        initial.add(layer.steps().operand());
        initial.add(gates);
        layer.active().ifPresent(initial::add);
        initial.addAll(cell.constants(tf));
        List<Output<?>> last = ControlFlow.loop(
                tf,
                initial,
                (ops, now) -> List.of(ops.math.less(integer(now.get(0)), integer(now.get(stays)))),
                (ops, now) -> step(ops, now, states, stays));
        List<Operand<TNumber>> finals = last.subList(1, 1 + states).stream()
                .map(state -> emptyRowsCleared(tf, NodeContext.cast(state)))
                .toList();
        return new Result(finals, collect ? Optional.of(NodeContext.cast(last.get(stays - 1))) : Optional.empty());
    }

    /**
     * Returns room for the outputs, which the loop writes in place. Two loops must never share it, which {@code
     * Empty} makes sure of: TensorFlow does not merge it with others like it.
     */
    private Operand<TNumber> outputs(Ops tf) {
        Size hidden = Size.of(tf, layer.hidden());
        return tf.empty(Size.vector(tf, List.of(layer.steps(), layer.batch(), hidden)), gates.type());
    }

    /** A row without any step has zeros for its last state, as in ONNX Runtime, and not its initial one. */
    private Operand<TNumber> emptyRowsCleared(Ops tf, Operand<TNumber> state) {
        if (layer.active().isEmpty()) {
            return state;
        }
        Operand<TBool> any = tf.reduceAny(layer.active().get(), tf.constant(0));
        return tf.select(tf.expandDims(any, tf.constant(1)), state, ElementTypes.scalar(tf, state, 0));
    }

    private List<Operand<?>> step(Ops tf, List<Output<?>> now, int states, int stays) {
        Operand<TInt32> done = integer(now.get(0));
        Operand<TInt32> last = tf.math.sub(integer(now.get(stays)), tf.constant(1));
        Operand<TInt32> time = direction == RecurrentNode.Direction.REVERSE ? tf.math.sub(last, done) : done;
        List<Operand<TNumber>> state = now.subList(1, 1 + states).stream()
                .map(NodeContext::<TNumber>cast)
                .toList();
        int constants = stays + (layer.active().isPresent() ? 3 : 2);
        List<Operand<TNumber>> next = cell.next(
                tf,
                tf.gather(NodeContext.<TNumber>cast(now.get(stays + 1)), time, tf.constant(0)),
                state,
                now.subList(constants, now.size()).stream()
                        .map(NodeContext::<TNumber>cast)
                        .toList());
        Operand<TNumber> output = next.get(0);
        List<Operand<?>> result = new ArrayList<>();
        result.add(tf.math.add(done, tf.constant(1)));
        if (layer.active().isPresent()) {
            Operand<TBool> active = tf.expandDims(
                    tf.gather(NodeContext.<TBool>cast(now.get(stays + 2)), time, tf.constant(0)), tf.constant(1));
            for (int i = 0; i < states; i++) {
                result.add(tf.select(active, next.get(i), state.get(i)));
            }
            output = tf.select(active, output, ElementTypes.scalar(tf, output, 0));
        } else {
            result.addAll(next);
        }
        if (stays > 1 + states) {
            result.add(tf.inplaceUpdate(
                    NodeContext.<TNumber>cast(now.get(1 + states)),
                    tf.expandDims(time, tf.constant(0)),
                    tf.expandDims(output, tf.constant(0))));
        }
        result.addAll(now.subList(stays, now.size()));
        return result;
    }

    private static Operand<TInt32> integer(Output<?> value) {
        return NodeContext.cast(value);
    }
}
