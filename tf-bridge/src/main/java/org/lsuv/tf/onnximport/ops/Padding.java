package org.lsuv.tf.onnximport.ops;

import java.util.ArrayList;
import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Stack;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;

/**
 * Says how much is put in front of and behind each axis of a tensor.
 *
 * @param begins the sizes in front
 * @param ends the sizes behind
 */
record Padding(List<Size> begins, List<Size> ends) {

    /** Returns the padding of spatial axes, which follow the batch and channel axes. */
    static Padding spatial(NodeContext node, List<Size> begins, List<Size> ends) {
        Size none = Size.of(node.tf(), 0);
        List<Size> allBegins = new ArrayList<>(List.of(none, none));
        List<Size> allEnds = new ArrayList<>(List.of(none, none));
        allBegins.addAll(begins);
        allEnds.addAll(ends);
        return new Padding(allBegins, allEnds);
    }

    boolean isKnown() {
        return begins.stream().allMatch(size -> size.known().isPresent())
                && ends.stream().allMatch(size -> size.known().isPresent());
    }

    boolean isNone() {
        return begins.stream().allMatch(size -> size.is(0)) && ends.stream().allMatch(size -> size.is(0));
    }

    /** Returns the padding as a list of begin and end by axis; all sizes must be known. */
    List<Long> flat() {
        List<Long> flat = new ArrayList<>();
        for (int axis = 0; axis < begins.size(); axis++) {
            flat.add(begins.get(axis).known().orElseThrow());
            flat.add(ends.get(axis).known().orElseThrow());
        }
        return flat;
    }

    /** Returns the padded tensor. */
    <T extends TNumber> Operand<T> apply(Ops tf, Operand<T> x, Number value) {
        if (isNone()) {
            return x;
        }
        Operand<T> filling = tf.constant(x.type(), value);
        if (isKnown()) {
            int[][] paddings = new int[begins.size()][2];
            for (int axis = 0; axis < paddings.length; axis++) {
                paddings[axis][0] = Math.toIntExact(begins.get(axis).known().orElseThrow());
                paddings[axis][1] = Math.toIntExact(ends.get(axis).known().orElseThrow());
            }
            return tf.pad(x, tf.constant(paddings), filling);
        }
        Operand<TInt32> paddings = tf.stack(List.of(Size.vector(tf, begins), Size.vector(tf, ends)), Stack.axis(1L));
        // TensorFlow infers nothing from a padding that is known in part.
        long[] shape = x.shape().asArray();
        for (int axis = 0; axis < shape.length; axis++) {
            if (!begins.get(axis).is(0) || !ends.get(axis).is(0)) {
                shape[axis] = Shape.UNKNOWN_SIZE;
            }
        }
        return tf.ensureShape(tf.pad(x, paddings, filling), Shape.of(shape));
    }
}
