package org.lsuv.tf.onnximport;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.family.TType;

/** An optional tensor or sequence: known to be empty or not while importing, or told by a boolean. */
public final class OptionalValue extends Composite {
    private final @Nullable Operand<TBool> present;
    private final @Nullable Operand<?> value;

    private OptionalValue(@Nullable Operand<TBool> present, @Nullable Operand<?> value) {
        this.present = present;
        this.value = value;
    }

    /** Returns the optional that holds nothing. */
    public static OptionalValue empty() {
        return new OptionalValue(null, null);
    }

    /** Returns an optional that holds a value. */
    public static OptionalValue of(Operand<?> value) {
        return new OptionalValue(null, value);
    }

    /** Returns an optional that holds a value where a boolean is true; otherwise the value means nothing. */
    public static OptionalValue of(Operand<TBool> present, Operand<?> value) {
        return new OptionalValue(present, value);
    }

    /** Returns the value; empty where it is known that there is none. */
    public Optional<Operand<?>> value() {
        return Optional.ofNullable(value);
    }

    /** Tells whether a value is there. */
    public Operand<TBool> present(Ops tf) {
        return present != null ? present : tf.constant(value != null);
    }

    /** Tells whether only a run shows if a value is there. */
    public boolean isOpen() {
        return present != null;
    }

    @Override
    String label() {
        return "an optional";
    }

    @Override
    @SuppressWarnings("unchecked")
    public Class<TType> type() {
        return value == null ? TType.class : (Class<TType>) value.type();
    }

    @Override
    public String toString() {
        return "optional(" + value + ")";
    }
}
