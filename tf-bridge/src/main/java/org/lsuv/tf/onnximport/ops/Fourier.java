package org.lsuv.tf.onnximport.ops;

import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Stack;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * Holds complex signals along the last axis, and transforms them. They are computed in double
 * precision: what cancels out would else be rounding of the largest values. TensorFlow's Java API has no
 * class for complex elements, so that operations on these are built by name.
 *
 * @param real the real parts
 * @param imaginary the imaginary parts
 */
record Fourier(Operand<TFloat64> real, Operand<TFloat64> imaginary) {

    /** Returns the signal whose last axis holds real parts, or real and imaginary parts. */
    static Fourier of(Ops tf, Operand<TFloat64> parts, boolean complex) {
        Operand<TFloat64> real = tf.gather(parts, tf.constant(0), tf.constant(-1));
        return new Fourier(real, complex ? tf.gather(parts, tf.constant(1), tf.constant(-1)) : tf.zerosLike(real));
    }

    /** Returns real and imaginary parts as a new last axis. */
    Operand<TFloat64> parts(Ops tf) {
        return tf.stack(List.of(real, imaginary), Stack.axis(-1L));
    }

    /** Returns all frequencies of the signal, or the signal that has these frequencies. */
    Fourier transformed(Ops tf, boolean inverse) {
        String op = inverse ? "IFFT" : "FFT";
        return ofComplex(
                tf, tf.scope().opBuilder(op, op).addInput(complex(tf)).build().output(0));
    }

    /** Returns the frequencies from 0 to half the length of a real signal. */
    static Fourier ofReal(Ops tf, Operand<TFloat64> signal, Operand<TInt32> length) {
        return ofComplex(
                tf,
                tf.scope()
                        .opBuilder("RFFT", "RFFT")
                        .addInput(signal.asOutput())
                        .addInput(list(tf, length))
                        .setAttr("Tcomplex", DataType.DT_COMPLEX128)
                        .build()
                        .output(0));
    }

    /** Returns the real signal of this length whose frequencies from 0 to half of that are these. */
    Operand<TFloat64> toReal(Ops tf, Operand<TInt32> length) {
        return NodeContext.cast(tf.scope()
                .opBuilder("IRFFT", "IRFFT")
                .addInput(complex(tf))
                .addInput(list(tf, length))
                .setAttr("Treal", DataType.DT_DOUBLE)
                .build()
                .output(0));
    }

    private static Output<TInt32> list(Ops tf, Operand<TInt32> length) {
        return tf.reshape(length, tf.constant(new int[] {1})).asOutput();
    }

    private Output<?> complex(Ops tf) {
        return tf.scope()
                .opBuilder("Complex", "Complex")
                .addInput(real.asOutput())
                .addInput(imaginary.asOutput())
                .setAttr("Tout", DataType.DT_COMPLEX128)
                .build()
                .output(0);
    }

    private static Fourier ofComplex(Ops tf, Output<?> complex) {
        return new Fourier(part(tf, "Real", complex), part(tf, "Imag", complex));
    }

    private static Operand<TFloat64> part(Ops tf, String op, Output<?> complex) {
        return NodeContext.cast(tf.scope()
                .opBuilder(op, op)
                .addInput(complex)
                .setAttr("Tout", DataType.DT_DOUBLE)
                .build()
                .output(0));
    }
}
