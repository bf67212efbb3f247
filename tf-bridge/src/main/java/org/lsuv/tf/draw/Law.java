package org.lsuv.tf.draw;

import java.util.random.RandomGenerator;

/** Lists distributions of mean 0. */
enum Law {
    NORMAL {
        @Override
        double next(RandomGenerator random) {
            return random.nextGaussian();
        }
    },
    UNIFORM {
        @Override
        double next(RandomGenerator random) {
            return (2 * random.nextDouble() - 1) * ROOT_3;
        }
    },
    TRUNCATED {
        @Override
        double next(RandomGenerator random) {
            while (true) {
                double drawn = random.nextGaussian();
                if (Math.abs(drawn) <= 2) {
                    return drawn / CUT_DEVIATION;
                }
            }
        }
    };

    private static final double ROOT_3 = Math.sqrt(3);

    /** The standard deviation of a standard normal number between −2 and 2: √(1 − 4φ(2) / (2Φ(2) − 1)). */
    private static final double CUT_DEVIATION = 0.879_625_661_034_239_8;

    /** Draws a number of variance 1. */
    abstract double next(RandomGenerator random);
}
