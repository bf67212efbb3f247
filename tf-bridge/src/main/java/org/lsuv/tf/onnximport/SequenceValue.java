package org.lsuv.tf.onnximport;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.Scope;
import org.tensorflow.op.core.TensorListLength;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/**
 * A sequence of tensors: a list of operands where its length is known while importing, otherwise a list of
 * TensorFlow's, whose tensors may differ in shape.
 */
public final class SequenceValue extends Composite {
    private final Class<? extends TType> type;
    private final @Nullable List<Operand<?>> elements;
    private final @Nullable Operand<?> list;

    private SequenceValue(Class<? extends TType> type, @Nullable List<Operand<?>> elements, @Nullable Operand<?> list) {
        this.type = type;
        this.elements = elements;
        this.list = list;
    }

    /** Returns a sequence of known length. */
    public static SequenceValue of(Class<? extends TType> type, List<? extends Operand<?>> elements) {
        return new SequenceValue(type, List.copyOf(elements), null);
    }

    /** Returns a sequence that a list of TensorFlow's holds. */
    public static SequenceValue ofList(Class<? extends TType> type, Operand<?> list) {
        return new SequenceValue(type, null, list);
    }

    /** Tells whether the length is known while importing. */
    public boolean isKnown() {
        return elements != null;
    }

    /**
     * Returns the elements.
     *
     * @throws IllegalStateException if the length is not known
     */
    public List<Operand<?>> elements() {
        if (elements == null) {
            throw new IllegalStateException("the length of a sequence is not known");
        }
        return elements;
    }

    /** Returns the sequence as a list of TensorFlow's. */
    public Operand<?> list(Ops tf) {
        if (list != null) {
            return list;
        }
        Operand<?> made = empty(tf, type);
        for (Operand<?> element : elements()) {
            made = raw(tf, "TensorListPushBack", type, made, element);
        }
        return made;
    }

    /** Returns the number of elements. */
    public Operand<TInt32> length(Ops tf) {
        return elements != null
                ? tf.constant(elements.size())
                : NodeContext.cast(TensorListLength.create(tf.scope(), list(tf)).asOutput());
    }

    /** Returns an empty list of TensorFlow's for tensors of any shape. */
    public static Operand<?> empty(Ops tf, Class<? extends TType> type) {
        return raw(tf, "EmptyTensorList", type, tf.constant(-1), tf.constant(-1));
    }

    /** Adds an operation on lists, for which TensorFlow's Java API has no element type. */
    public static Operand<?> raw(Ops tf, String op, Class<? extends TType> type, Operand<?>... inputs) {
        Scope scope = tf.scope();
        var builder = scope.opBuilder(op, op);
        for (Operand<?> input : inputs) {
            builder.addInput(input.asOutput());
        }
        if (op.equals("EmptyTensorList")) {
            builder.setAttr("shape_type", DataType.DT_INT32);
        }
        return builder.setAttr("element_dtype", org.tensorflow.op.Operands.toDataType(type))
                .build()
                .output(0);
    }

    @Override
    String label() {
        return "a sequence of tensors";
    }

    @Override
    @SuppressWarnings("unchecked")
    public Class<TType> type() {
        return (Class<TType>) type;
    }

    @Override
    public String toString() {
        return elements == null ? "sequence" : "sequence" + new ArrayList<>(elements);
    }
}
