package org.lsuv.tf.onnximport.ops.flow;

import java.util.Arrays;
import java.util.List;
import org.lsuv.tf.ControlFlow;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.SequenceValue;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/** Works on sequences whose length only a run tells: TensorFlow's lists of tensors. */
final class TensorLists {
    private TensorLists() {}

    /** Returns an element, of unknown shape. */
    static Operand<?> get(Ops tf, SequenceValue sequence, Operand<TInt32> position) {
        return SequenceValue.raw(
                tf, "TensorListGetItem", sequence.type(), sequence.list(tf), position, tf.constant(-1));
    }

    static SequenceValue append(Ops tf, SequenceValue sequence, Operand<?> tensor) {
        return SequenceValue.ofList(
                sequence.type(),
                SequenceValue.raw(tf, "TensorListPushBack", sequence.type(), sequence.list(tf), tensor));
    }

    /** Returns a sequence with elements of another one, from a position (inclusive) to another, at its end. */
    static SequenceValue copy(
            Ops tf, SequenceValue source, Operand<TInt32> from, Operand<TInt32> to, SequenceValue target) {
        List<Output<?>> last = ControlFlow.loop(
                tf,
                List.of(from, to, source.list(tf), target.list(tf)),
                (inside, state) -> List.of(inside.math.less(integer(state.get(0)), integer(state.get(1)))),
                (inside, state) -> {
                    Operand<TInt32> position = integer(state.get(0));
                    SequenceValue all = SequenceValue.ofList(source.type(), state.get(2));
                    SequenceValue some = SequenceValue.ofList(source.type(), state.get(3));
                    return List.of(
                            inside.math.add(position, inside.constant(1)),
                            state.get(1),
                            state.get(2),
                            append(inside, some, get(inside, all, position)).list(inside));
                });
        return SequenceValue.ofList(source.type(), last.get(3));
    }

    static Operand<TInt32> integer(Output<?> value) {
        return NodeContext.cast(value);
    }

    /** Tells TensorFlow the rank that the file declares for the node's output: a list does not keep it. */
    static Operand<?> withRank(NodeContext node, Operand<?> value) {
        int rank = node.declaredRank(0);
        if (rank < 0 || !value.shape().isUnknown()) {
            return value;
        }
        long[] open = new long[rank];
        Arrays.fill(open, Shape.UNKNOWN_SIZE);
        return node.tf().ensureShape(NodeContext.<TType>cast(value), Shape.of(open));
    }
}
