package org.lsuv.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AxisTest {
    private static List<String> labels(Axis axis) {
        return axis.ticks().stream().map(Axis.Tick::label).toList();
    }

    @Test
    void logarithmsOfFewDecadesHaveTicksBetweenThem() {
        assertThat(labels(Axis.logarithmic(0.3, 4.5))).containsExactly("0.5", "1", "2", "5");
        assertThat(labels(Axis.logarithmic(1e-40, 1))).containsExactly("10⁻⁴⁰", "10⁻³²", "10⁻²⁴", "10⁻¹⁶", "10⁻⁸", "1");
    }

    @Test
    void valuesWithoutALogarithmHaveNoPlace() {
        Axis axis = Axis.logarithmic(1, 100, 0, Double.NaN, Double.POSITIVE_INFINITY, -3);
        assertThat(axis.at(10)).isCloseTo(0.5, within(1e-12));
        assertThat(axis.at(0)).isNaN();
        assertThat(axis.at(-3)).isNaN();
        assertThat(axis.at(Double.POSITIVE_INFINITY)).isNaN();
    }

    @Test
    void equalValuesLieInTheMiddle() {
        assertThat(Axis.logarithmic(1, 1, 1).at(1)).isCloseTo(0.5, within(1e-12));
        assertThat(labels(Axis.logarithmic())).contains("1");
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-9, 0.007, 0.5, 1, 3, 17, 123_456})
    void linearAxesEndAtTicks(double greatest) {
        Axis axis = Axis.linear(0, greatest);
        assertThat(axis.ticks().get(0).at()).isZero();
        assertThat(axis.ticks().get(axis.ticks().size() - 1).at()).isCloseTo(1, within(1e-9));
        assertThat(axis.ticks()).hasSizeBetween(3, 7);
        assertThat(axis.at(greatest)).isBetween(0.5, 1 + 1e-9);
    }

    @Test
    void countsAreWhole() {
        assertThat(labels(Axis.counting(0, 3))).containsExactly("0", "1", "2", "3");
        assertThat(labels(Axis.counting(1, 1201))).containsExactly("500", "1000");
    }

    @Test
    void longLinesKeepTheirExtremesAndWhatIsNotFinite() {
        List<Series.Point> points = IntStream.range(0, 10_000)
                .mapToObj(i -> new Series.Point(i, i == 4_711 ? 1e9 : i == 1_234 ? Double.NaN : Math.sin(i), "p" + i))
                .toList();
        Series drawn = new Series("s", 0, Series.Look.LINE, points).drawable();
        assertThat(drawn.points()).hasSizeLessThan(400).contains(points.get(4_711), points.get(1_234));
        assertThat(drawn.points().stream().mapToDouble(Series.Point::x).toArray())
                .isSorted();
    }
}
