package org.lsuv.tf.onnximport;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.lsuv.onnx.UnsupportedModelException;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.family.TType;

/**
 * Says of which tensors a value consists that passes into a function or out of it. The parts of values of one
 * form correspond to each other.
 */
public sealed interface ValueForm {

    /** A plain tensor. */
    record Tensor(Class<? extends TType> type) implements ValueForm {}

    /** A sequence as one list of TensorFlow's. */
    record Sequence(Class<? extends TType> type) implements ValueForm {}

    /** A boolean and the parts of a value. */
    record Maybe(ValueForm inner) implements ValueForm {}

    /** Nothing at all: an optional of which nothing else is known than that it is empty. */
    record Nothing() implements ValueForm {}

    /** Returns the form of a value, general enough for other values of the same ONNX type. */
    static ValueForm of(Operand<?> value) {
        if (value instanceof SequenceValue sequence) {
            return new Sequence(sequence.type());
        } else if (value instanceof OptionalValue optional) {
            return optional.value()
                    .<ValueForm>map(inner -> new Maybe(of(inner)))
                    .orElseGet(Nothing::new);
        }
        return new Tensor(value.type());
    }

    /** Returns the form that both values of one form and of another can take. */
    default ValueForm or(ValueForm other) {
        if (equals(other) || other instanceof Nothing) {
            return this instanceof Tensor || this instanceof Sequence
                    ? (other instanceof Nothing ? new Maybe(this) : this)
                    : this;
        } else if (this instanceof Nothing) {
            return other.or(this);
        } else if (this instanceof Maybe maybe) {
            return new Maybe(maybe.inner().or(other instanceof Maybe that ? that.inner() : other));
        } else if (other instanceof Maybe) {
            return other.or(this);
        }
        throw new UnsupportedModelException("one value is " + this + ", the other " + other);
    }

    /** Returns the parts of a value in this form. */
    default List<Operand<?>> parts(Ops tf, Operand<?> value) {
        List<Operand<?>> parts = new ArrayList<>();
        addParts(tf, value, parts);
        return parts;
    }

    private void addParts(Ops tf, Operand<?> value, List<Operand<?>> parts) {
        if (this instanceof Maybe maybe) {
            OptionalValue optional = value instanceof OptionalValue given ? given : OptionalValue.of(value);
            parts.add(optional.present(tf));
            if (optional.value().isPresent()) {
                maybe.inner().addParts(tf, optional.value().get(), parts);
            } else {
                maybe.inner().addNothing(tf, parts);
            }
        } else if (this instanceof Sequence && value instanceof SequenceValue sequence) {
            parts.add(sequence.list(tf));
        } else if (this instanceof Tensor) {
            parts.add(value.asOutput());
        } else if (!(this instanceof Nothing)) {
            throw new UnsupportedModelException("expected " + this + ", found " + value);
        }
    }

    private void addNothing(Ops tf, List<Operand<?>> parts) {
        if (this instanceof Maybe maybe) {
            parts.add(tf.constant(false));
            maybe.inner().addNothing(tf, parts);
        } else if (this instanceof Sequence sequence) {
            parts.add(SequenceValue.empty(tf, sequence.type()));
        } else if (this instanceof Tensor tensor) {
            parts.add(tf.zeros(tf.constant(new int[] {0}), tensor.type()));
        }
    }

    /** Returns the value that consists of the next parts. */
    default Operand<?> value(Iterator<? extends Operand<?>> parts) {
        if (this instanceof Maybe maybe) {
            Operand<TBool> present = NodeContext.cast(parts.next());
            return OptionalValue.of(present, maybe.inner().value(parts));
        } else if (this instanceof Sequence sequence) {
            return SequenceValue.ofList(sequence.type(), parts.next());
        } else if (this instanceof Nothing) {
            return OptionalValue.empty();
        }
        return parts.next();
    }
}
