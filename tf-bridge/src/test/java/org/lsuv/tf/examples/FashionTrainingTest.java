package org.lsuv.tf.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class FashionTrainingTest {
    private static final int STEPS = 100;

    @Test
    void networkLearnsSoonerWithLsuv() throws IOException {
        Path data = Path.of(System.getProperty("lsuv.root", ".."), "testdata", "data");
        try (FashionTraining training = new FashionTraining(data)) {
            double[] glorot = training.train(FashionTraining.Start.GLOROT, STEPS);
            double[] lsuv = training.train(FashionTraining.Start.LSUV, STEPS);
            assertThat(Arrays.stream(lsuv).allMatch(Double::isFinite)).isTrue();
            assertThat(last(lsuv)).isLessThan(0.9 * lsuv[0]);
            assertThat(last(lsuv)).isLessThan(last(glorot));
        }
    }

    /** Returns the mean over the last four steps, one pass over the images. */
    private static double last(double[] losses) {
        return Arrays.stream(losses, losses.length - 4, losses.length).average().orElseThrow();
    }
}
