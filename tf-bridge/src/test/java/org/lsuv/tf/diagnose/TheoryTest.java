package org.lsuv.tf.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.lsuv.tf.TfOptions;

/** What is measured on drawn networks is what the theory says. */
class TheoryTest {
    @Test
    void everyClosedFormLiesInTheIntervalThatIsMeasured() {
        assertThat(new Theory(400, 2, TfOptions.defaults()).rows()).hasSize(12).allSatisfy(row -> {
            assertThat(row.agrees()).as(row.toString()).isTrue();
            assertThat(row.high() / row.low()).as(row.toString()).isLessThan(2);
        });
    }

    @Test
    void aStreamWhoseBranchesEndInReluIsBoundedWhereTheSumOfScalesIs() {
        Theory theory = new Theory(50, 3, TfOptions.defaults());

        double few = theory.residualGrowth(32, 10, blocks -> 1 / blocks)[10];
        double many = theory.residualGrowth(32, 40, blocks -> 1 / blocks)[40];
        double fewByRoot = theory.residualGrowth(32, 10, blocks -> 1 / Math.sqrt(blocks))[10];
        double manyByRoot = theory.residualGrowth(32, 40, blocks -> 1 / Math.sqrt(blocks))[40];

        assertThat(Math.abs(many - few)).isLessThan(0.3);
        assertThat(manyByRoot - fewByRoot).isGreaterThan(1);
    }
}
