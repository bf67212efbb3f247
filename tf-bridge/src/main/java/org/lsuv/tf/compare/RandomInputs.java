package org.lsuv.tf.compare;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.UnsupportedModelException;

/** Draws inputs for a model of which nobody has given data. */
public final class RandomInputs {
    /** Sizes that the model leaves open. */
    private static final long OPEN = 2;

    private static final long MAX_ELEMENTS = 1L << 28;

    private RandomInputs() {}

    /**
     * Draws standard normal numbers for floating-point inputs, 0 or 1 for integers and booleans; a size that
     * the model leaves open becomes 2.
     *
     * @throws UnsupportedModelException if an input is no tensor, has no shape, or is too large to draw
     */
    public static Map<String, OnnxTensor> of(OnnxModel model, long seed) {
        return of(model.graph().inputs(), seed);
    }

    /**
     * Draws such numbers for given inputs.
     *
     * @throws UnsupportedModelException if an input is no tensor, has no shape, or is too large to draw
     */
    public static Map<String, OnnxTensor> of(List<OnnxValue> declared, long seed) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
        for (OnnxValue input : declared) {
            inputs.put(input.name(), draw(input, random));
        }
        return inputs;
    }

    private static OnnxTensor draw(OnnxValue input, RandomGenerator random) {
        OnnxShape declared = input.shape()
                .orElseThrow(() -> new UnsupportedModelException(
                        "input \"" + input.name() + "\" declares no shape; give data for it"));
        long[] shape = declared.dims().stream()
                .mapToLong(dim -> dim.isFixed() ? dim.size() : OPEN)
                .toArray();
        double count = 1;
        for (long size : shape) {
            count *= size;
        }
        if (count > MAX_ELEMENTS) {
            throw new UnsupportedModelException("input \"" + input + "\" is too large to draw at random; give data");
        }
        OnnxType type = input.type();
        if (type.isFloating()) {
            double[] values = random.doubles((long) count)
                    .map(ignored -> random.nextGaussian())
                    .toArray();
            return OnnxTensor.ofDoubles(input.name(), type, shape, values);
        }
        if (!type.isInteger() && type != OnnxType.BOOL) {
            throw new UnsupportedModelException(
                    "input \"" + input.name() + "\" holds " + type.label() + " values; give data for it");
        }
        return OnnxTensor.fill(input.name(), type, shape, length -> {
            ByteBuffer chunk = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < length; i += type.bits() / 8) {
                chunk.put(i, (byte) random.nextInt(2));
            }
            return chunk;
        });
    }
}
