package org.lsuv.tf.onnximport.ops.flow;

import java.util.List;
import org.lsuv.tf.ControlFlow;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.SequenceValue;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Stack;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/** Converts ConcatFromSequence. */
final class SequenceJoin {
    private SequenceJoin() {}

    static Operand<?> concatFromSequence(NodeContext node) {
        Ops tf = node.tf();
        SequenceValue sequence = SequenceOps.sequence(node, 0);
        int axis = (int) node.attributes().requireInt("axis");
        boolean newAxis = node.attributes().flag("new_axis");
        if (!sequence.isKnown()) {
            return TensorLists.withRank(node, joined(tf, sequence, axis, newAxis));
        }
        if (sequence.elements().isEmpty()) {
            throw node.malformed("the sequence is empty");
        }
        List<Operand<TType>> elements = sequence.elements().stream()
                .map(element -> NodeContext.<TType>cast(element))
                .toList();
        checkAxis(node, elements.get(0), axis, newAxis);
        return newAxis ? tf.stack(elements, Stack.axis((long) axis)) : tf.concat(elements, tf.constant(axis));
    }

    private static void checkAxis(NodeContext node, Operand<TType> element, int axis, boolean newAxis) {
        if (element.shape().isUnknown()) {
            return;
        }
        int rank = element.shape().numDimensions() + (newAxis ? 1 : 0);
        if (axis < -rank || axis >= rank) {
            throw node.malformedAttribute("axis", "there is no axis " + axis + " in rank " + rank);
        }
    }

    /** Joins one element after the other, which fits any axis and elements of different sizes. */
    private static Operand<?> joined(Ops tf, SequenceValue sequence, int axis, boolean newAxis) {
        Operand<?> list = sequence.list(tf);
        Operand<?> first = element(tf, sequence, tf.constant(0), axis, newAxis);
        List<Output<?>> last = ControlFlow.loop(
                tf,
                List.of(tf.constant(1), sequence.length(tf), list, first),
                (inside, state) ->
                        List.of(inside.math.less(TensorLists.integer(state.get(0)), TensorLists.integer(state.get(1)))),
                (inside, state) -> {
                    Operand<TInt32> position = TensorLists.integer(state.get(0));
                    SequenceValue all = SequenceValue.ofList(sequence.type(), state.get(2));
                    Operand<TType> before = NodeContext.cast(state.get(3));
                    return List.of(
                            inside.math.add(position, inside.constant(1)),
                            state.get(1),
                            state.get(2),
                            inside.concat(
                                    List.of(before, element(inside, all, position, axis, newAxis)),
                                    inside.constant(axis)));
                });
        return last.get(3);
    }

    private static Operand<TType> element(
            Ops tf, SequenceValue sequence, Operand<TInt32> position, int axis, boolean newAxis) {
        Operand<TType> element = NodeContext.cast(TensorLists.get(tf, sequence, position));
        return newAxis ? tf.expandDims(element, tf.constant(axis)) : element;
    }
}
