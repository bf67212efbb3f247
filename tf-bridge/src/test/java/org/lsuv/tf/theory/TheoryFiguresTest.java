package org.lsuv.tf.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.lsuv.tf.TfOptions;

/** Curves follow their closed forms; the middle of what is drawn does what the theory says of it. */
class TheoryFiguresTest {
    private final TheoryFigures figures = new TheoryFigures(100, 7, TfOptions.defaults());

    @Test
    void lengthsFollowTheVarianceOfTheWeights() {
        assertThat(figures.lengths()).hasSize(6).allSatisfy(curve -> {
            assertThat(curve.points()).hasSize(TheoryFigures.DEPTH + 1).allSatisfy(TheoryFiguresTest::isOrdered);
            assertThat(curve.points().get(0)).isEqualTo(new TheoryPoint(0, 1, 1, 1, 1, 1));
            TheoryPoint end = curve.points().get(TheoryFigures.DEPTH);
            // A factor has a variance of 5/50: √(20·0.1/100) = 0.14 in ln over 20 layers of 100 draws.
            assertThat(Math.log(end.mean() / end.closed())).as(curve.label()).isCloseTo(0, within(0.5));
            // The median is e^(−5β/2) of the mean, with β = 0.4; each draw's ln has a variance of 5β.
            assertThat(Math.log(end.median() / end.closed())).as(curve.label()).isCloseTo(-1, within(0.6));
        });
    }

    @Test
    void varianceOverLayersIsThatOfBetaAndItsMiddleFarBelowItsMean() {
        List<TheoryCurve> curves = figures.variances();
        assertThat(curves).hasSize(3).allSatisfy(curve -> {
            assertThat(curve.points()).hasSize(12).allSatisfy(TheoryFiguresTest::isOrdered);
            TheoryPoint end = curve.points().get(11);
            assertThat(end.x()).isEqualTo(2);
            assertThat(end.median()).isLessThan(end.closed() / 100);
            assertThat(Math.log(end.mean() / end.closed())).as(curve.label()).isCloseTo(0, within(3.0));
        });
        // With two layers, E[(M₁ − M₂)²]/4 = (a − 2a + a²)/4 with a = 1 + 5/12.
        double a = 1 + 5.0 / 12;
        assertThat(curves.get(0).points().get(0).closed()).isCloseTo((a * a - a) / 4, within(1e-12));
    }

    @Test
    void residualNetworksStayBoundedWhereTheirBranchesAreScaled() {
        List<TheoryCurve> curves = figures.residuals();
        assertThat(curves)
                .hasSize(4)
                .allSatisfy(curve -> assertThat(curve.points())
                        .allSatisfy(TheoryFiguresTest::isOrdered)
                        .allSatisfy(point -> assertThat(Math.log(point.mean() / point.closed()))
                                .as(curve.label() + ", L = " + point.x())
                                .isCloseTo(0, within(0.5))));
        assertThat(last(curves.get(0)).closed()).isCloseTo(6561, within(1e-6));
        assertThat(last(curves.get(2)).mean()).isBetween(5.5, 9.5);
        assertThat(last(curves.get(3)).mean()).isBetween(1.0, 1.2);
    }

    @Test
    void aNetworkThatDiesIsCountedOnceAndThenNoMore() {
        double dead = Double.NEGATIVE_INFINITY;
        List<double[]> logs = List.of(
                new double[] {0, 0}, new double[] {0, dead}, new double[] {Math.log(3), dead}, new double[] {dead, dead
                });
        assertThat(Moment.along(logs.subList(0, 3), 1).stream().map(Moment::log))
                .containsExactly(0.0, Math.log(0.5), Math.log(0.5) + Math.log(3));
        assertThat(Moment.of(logs, 1).log()).isEqualTo(dead);
        assertThat(Moment.of(logs, 1).error()).isFinite();
    }

    private static TheoryPoint last(TheoryCurve curve) {
        return curve.points().get(curve.points().size() - 1);
    }

    private static void isOrdered(TheoryPoint point) {
        assertThat(point.lower()).isNotNegative().isLessThanOrEqualTo(point.median());
        assertThat(point.upper()).isFinite().isGreaterThanOrEqualTo(point.median());
    }
}
