package org.lsuv.tf.onnxexport;

import java.util.ArrayList;
import java.util.List;
import org.lsuv.tf.ControlFlow;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.index.Indices;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/**
 * Builds a recurrent layer as Keras does: a loop that takes its input from a list and puts what it shows into
 * another one.
 */
final class RecurrentLayer {
    private final Ops tf;
    private final Operand<TFloat32> sequence;
    private final List<Operand<TFloat32>> weights;
    private final List<Operand<TFloat32>> initial;
    private Operand<TInt32> steps;
    private boolean sequences = true;

    /**
     * @param sequence steps × rows × values
     * @param weights what the step reads
     * @param initial the states before the first step
     */
    RecurrentLayer(
            Ops tf, Operand<TFloat32> sequence, List<Operand<TFloat32>> weights, List<Operand<TFloat32>> initial) {
        this.tf = tf;
        this.sequence = sequence;
        this.weights = weights;
        this.initial = initial;
        this.steps = tf.stridedSlice(tf.shape(sequence), Indices.at(0));
    }

    /** Computes the next states, the first of which is what the layer shows. */
    interface Step {
        List<Operand<TFloat32>> next(
                Ops tf, Operand<TFloat32> x, List<Operand<TFloat32>> state, List<Operand<TFloat32>> weights);
    }

    /**
     * Holds what a layer gives.
     *
     * @param shown what it shows in each step, or in the last one with an axis in front
     * @param states its states after the last step
     */
    record Result(Operand<TFloat32> shown, List<Operand<TFloat32>> states) {}

    RecurrentLayer steps(Operand<TInt32> count) {
        steps = count;
        return this;
    }

    /** Shows the last step alone, as {@code return_sequences=False} does. */
    RecurrentLayer lastOnly() {
        sequences = false;
        return this;
    }

    Result build(Step step) {
        Operand<TInt32> any = tf.constant(new int[] {-1, -1});
        int values = (int) sequence.shape().get(2);
        Operand<TInt32> item = tf.constant(new int[] {-1, values});
        List<Operand<?>> all = new ArrayList<>();
        all.add(tf.constant(0));
        all.add(tf.tensorListReserve(any, sequences ? steps : tf.constant(1), TFloat32.class));
        all.add(steps);
        all.add(tf.tensorListFromTensor(sequence, item));
        all.addAll(weights);
        all.addAll(initial);
        int first = 4 + weights.size();
        List<Output<?>> last = ControlFlow.loop(
                tf,
                all,
                (ops, now) -> List.of(
                        ops.math.less(RecurrentLayer.<TInt32>as(now.get(0)), RecurrentLayer.<TInt32>as(now.get(2)))),
                (ops, now) -> {
                    Operand<TInt32> time = as(now.get(0));
                    Operand<TFloat32> x = ops.tensorListGetItem(
                            now.get(3), time, ops.constant(new int[] {-1, values}), TFloat32.class);
                    List<Operand<TFloat32>> next =
                            step.next(ops, x, floats(now.subList(first, now.size())), floats(now.subList(4, first)));
                    List<Operand<?>> results = new ArrayList<>();
                    results.add(ops.math.add(time, ops.constant(1)));
                    results.add(ops.tensorListSetItem(now.get(1), sequences ? time : ops.constant(0), next.get(0)));
                    results.addAll(now.subList(2, first));
                    results.addAll(next);
                    return results;
                });
        Operand<TFloat32> shown = tf.tensorListStack(last.get(1), any, TFloat32.class);
        return new Result(shown, floats(last.subList(first, last.size())));
    }

    private static List<Operand<TFloat32>> floats(List<Output<?>> values) {
        return values.stream().map(RecurrentLayer::<TFloat32>as).toList();
    }

    @SuppressWarnings("unchecked") // TensorFlow's own outputs carry their type at run time alone.
    private static <T extends TType> Operand<T> as(Output<?> value) {
        return (Operand<T>) value;
    }
}
