package org.lsuv.tf.draw;

import java.nio.ByteBuffer;
import java.util.function.IntFunction;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.SharedTensors;

/** Draws random numbers, standard normal ones unless told otherwise, the same for a seed whatever the number of threads. */
final class Gaussian {
    private static final RandomGeneratorFactory<RandomGenerator> FACTORY =
            RandomGeneratorFactory.of("L64X128MixRandom");
    private static final int PART = 1 << 16;

    private Gaussian() {}

    /** Draws a tensor of float32 or float64. */
    static OnnxTensor draw(OnnxType type, long[] shape, long seed) {
        return draw(type, shape, seed, RandomGenerator::nextGaussian);
    }

    /** Draws a tensor of float32 or float64 from another distribution. */
    static OnnxTensor draw(OnnxType type, long[] shape, long seed, ToDoubleFunction<RandomGenerator> law) {
        return draw(type, shape, seed, law, SharedTensors::allocate);
    }

    /**
     * Draws a tensor of float32 or float64 in memory that is given.
     *
     * @param memory gives as many bytes as it is asked for, a chunk of the tensor at a time
     */
    static OnnxTensor draw(
            OnnxType type,
            long[] shape,
            long seed,
            ToDoubleFunction<RandomGenerator> law,
            IntFunction<ByteBuffer> memory) {
        long[] own = {seed};
        return OnnxTensor.fill("", type, shape, length -> {
            ByteBuffer chunk = memory.apply(length);
            fill(chunk, type, own[0], law);
            own[0] += 0x9E3779B97F4A7C15L;
            return chunk;
        });
    }

    /** Every part has a generator of its own, so that threads share nothing. */
    private static void fill(ByteBuffer chunk, OnnxType type, long seed, ToDoubleFunction<RandomGenerator> law) {
        int width = type.bits() / 8;
        int count = chunk.capacity() / width;
        IntStream.range(0, (count + PART - 1) / PART).parallel().forEach(part -> {
            RandomGenerator random = FACTORY.create(mix(seed, part));
            int end = Math.min(count, (part + 1) * PART);
            for (int i = part * PART; i < end; i++) {
                if (type == OnnxType.DOUBLE) {
                    chunk.putDouble(i * width, law.applyAsDouble(random));
                } else {
                    chunk.putFloat(i * width, (float) law.applyAsDouble(random));
                }
            }
        });
    }

    /** Mixes two numbers to a seed (the finaliser of MurmurHash3). */
    static long mix(long seed, long part) {
        long hash = seed ^ (part + 1) * 0xD6E8FEB86659FD93L;
        hash = (hash ^ hash >>> 33) * 0xFF51AFD7ED558CCDL;
        hash = (hash ^ hash >>> 33) * 0xC4CEB9FE1A85EC53L;
        return hash ^ hash >>> 33;
    }
}
