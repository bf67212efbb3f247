package org.lsuv.tf.onnximport;

import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.family.TType;

/**
 * Stands where the importer otherwise has a tensor: a sequence or an optional. An operator that wants a tensor
 * is told so.
 */
public abstract sealed class Composite implements Operand<TType> permits SequenceValue, OptionalValue {
    Composite() {}

    /** Returns what errors call it. */
    abstract String label();

    @Override
    public Output<TType> asOutput() {
        throw new UnsupportedOperationException("expected a tensor, found " + label());
    }

    @Override
    public Operation op() {
        return asOutput().op();
    }

    @Override
    public Shape shape() {
        return Shape.unknown();
    }
}
