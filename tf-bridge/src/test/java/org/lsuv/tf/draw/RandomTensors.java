package org.lsuv.tf.draw;

import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

/** Draws standard normal tensors of float32 for tests. */
public final class RandomTensors {
    private RandomTensors() {}

    /** Returns a tensor whose values follow from its name. */
    public static OnnxTensor random(String name, long... shape) {
        return random(name.hashCode(), shape).withName(name);
    }

    /** Returns a tensor without a name. */
    public static OnnxTensor random(long seed, long... shape) {
        return Gaussian.draw(OnnxType.FLOAT, shape, seed);
    }
}
