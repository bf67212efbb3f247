package org.lsuv.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.lsuv.tf.diagnose.FailureMode;
import org.lsuv.tf.diagnose.Verdict;

class GaugeTest {
    private static Gauge gauge(double figure, double risk, double end) {
        return Gauge.of(new Verdict(FailureMode.GROWTH, Verdict.Level.FINE, figure, "q", risk, end, "finding", ""));
    }

    @Test
    void factorsLieOnALogarithmicScaleFromOne() {
        Gauge gauge = gauge(1.61, 1e3, 1e8);
        assertThat(gauge.figure()).isCloseTo(Math.log10(1.61) / 13, within(1e-12));
        assertThat(gauge.risk()).isCloseTo(3.0 / 13, within(1e-12));
        assertThat(gauge.bad()).isCloseTo(8.0 / 13, within(1e-12));
        assertThat(gauge.ticks()).extracting(Axis.Tick::label).containsExactly("1", "1000", "10⁸");
        assertThat(gauge(1, 1e3, 1e8).figure()).isZero();
    }

    @Test
    void factorsThatShrinkGoDownFromOne() {
        Gauge gauge = gauge(1e-4, 1e-3, 1e-5);
        assertThat(gauge.figure()).isCloseTo(4.0 / 7, within(1e-12));
        assertThat(gauge.ticks()).extracting(Axis.Tick::label).containsExactly("1", "0.001", "10⁻⁵");
        assertThat(gauge(1.5, 1e-3, 1e-5).figure()).isZero();
    }

    @Test
    void sharesLieOnALinearScaleFromZero() {
        Gauge gauge = gauge(0.25, 0.5, 0.9);
        assertThat(gauge.figure()).isEqualTo(0.25);
        assertThat(gauge.risk()).isEqualTo(0.5);
        assertThat(gauge.bad()).isEqualTo(0.9);
        assertThat(gauge.ticks()).extracting(Axis.Tick::label).containsExactly("0", "0.5", "0.9");
    }

    @Test
    void aFigureBeyondTheScalePointsOutOfIt() {
        Markup beyond = new Markup();
        gauge(Double.POSITIVE_INFINITY, 1e3, 1e8).render(beyond);
        assertThat(beyond.finish()).contains("<path class=\"figure\"").doesNotContain("circle", "Infinity");
        Markup within = new Markup();
        gauge(1e12, 1e3, 1e8).render(within);
        assertThat(within.finish()).contains("<circle class=\"figure\"").doesNotContain("path");
    }
}
