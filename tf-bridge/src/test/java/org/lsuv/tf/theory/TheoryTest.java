package org.lsuv.tf.theory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.lsuv.tf.TfOptions;

/** What is measured on drawn networks is what the theory says. */
class TheoryTest {
    @Test
    void everyClosedFormLiesInTheIntervalThatIsMeasured() {
        // The widest is E[M²] at β = ½: 50 layers whose squared factors vary by 0.23 each, over 200 draws, give a
        // standard error of 0.24 in ln, and so a ratio of e^(2·2.58·0.24) = 3.4.
        assertThat(new Theory(400, 2, TfOptions.defaults()).rows()).hasSize(13).allSatisfy(row -> {
            assertThat(row.agrees()).as(row.toString()).isTrue();
            assertThat(row.high() / row.low()).as(row.toString()).isLessThan(4);
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
