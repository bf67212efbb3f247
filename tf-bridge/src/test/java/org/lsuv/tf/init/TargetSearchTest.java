package org.lsuv.tf.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TargetSearchTest {
    @ParameterizedTest
    @CsvSource({
        "0.5, 1", "1, 1", "2, 1", "4, 1", "8, 1", "0.5, 4", "1, 4", "2, 2", "3, 4", "4, 4", "8, 4", "8, 8", "1, 10"
    })
    void powerLawsAreSolvedInSixSteps(double exponent, int uses) {
        for (double factor : new double[] {1e-3, 0.1, 0.9, 1.5, 20, 1e3}) {
            TargetSearch search = new TargetSearch(2, uses);
            for (int step = 0; step < 6; step++) {
                search.learn(factor * Math.pow(search.aim(), exponent));
            }
            double reached = factor * Math.pow(search.aim(), exponent);
            assertThat(reached).as("factor %s", factor).isCloseTo(2, within(0.02));
        }
    }

    @Test
    void valuesThatSayNothingLeaveTheAim() {
        TargetSearch search = new TargetSearch(2, 1);
        for (double useless : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            search.learn(useless);
            assertThat(search.aim()).isEqualTo(2);
        }
    }
}
