package org.lsuv.tf.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TargetSearchTest {
    @ParameterizedTest
    @ValueSource(doubles = {0.5, 1, 2, 3, 4, 8, 12})
    void powerLawsAreSolvedInSixSteps(double exponent) {
        for (double factor : new double[] {1e-3, 0.1, 0.9, 1.5, 20, 1e3}) {
            TargetSearch search = new TargetSearch(2);
            for (int step = 0; step < 6; step++) {
                search.learn(factor * Math.pow(search.aim(), exponent));
            }
            double reached = factor * Math.pow(search.aim(), exponent);
            assertThat(reached).as("factor %s", factor).isCloseTo(2, within(0.02));
        }
    }

    @Test
    void proportionsAreSolvedInOneStep() {
        TargetSearch search = new TargetSearch(2);
        search.learn(0.3 * search.aim());
        assertThat(0.3 * search.aim()).isCloseTo(2, within(1e-12));
    }

    @Test
    void valuesThatSayNothingLeaveTheAim() {
        TargetSearch search = new TargetSearch(2);
        for (double useless : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            search.learn(useless);
            assertThat(search.aim()).isEqualTo(2);
        }
    }

    @Test
    void aBoundBelowTheTargetLosesTheSearch() {
        TargetSearch search = new TargetSearch(2);
        for (int step = 0; step < 10; step++) {
            search.learn(search.aim() / (1 + search.aim()));
        }
        assertThat(search.isLost()).isTrue();
        assertThat(search.aim()).isEqualTo(2);
    }
}
