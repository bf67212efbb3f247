package org.lsuv.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FiguresTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "-0.0, 0",
        "1, 1.00",
        "0.99951, 1.00",
        "9.996, 10.0",
        "-12.345, −12.3",
        "0.00123456, 0.00123",
        "0.000999999, 0.00100",
        "0.000123456, 1.23×10⁻⁴",
        "99999, 1.00×10⁵",
        "12345, 12300",
        "-6.02e23, −6.02×10²³",
        "4.9e-324, 4.94×10⁻³²⁴",
        "NaN, –",
        "Infinity, ∞",
        "-Infinity, −∞"
    })
    void numbersHaveThreeDigits(double value, String text) {
        assertThat(Figures.text(value)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0, 0 %", "1, 100 %", "0.5, 50 %", "0.12345, 12.3 %", "0.99999, 99.9 %", "0.00001, < 0.1 %", "NaN, –"})
    void sharesOfSomethingAreNeitherNothingNorAll(double share, String text) {
        assertThat(Figures.percent(share)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"1e8, 10⁸", "1000, 1000", "1e-4, 10⁻⁴", "0.02, 0.02", "12.182493960703473, 12.2", "0.666666, 0.667"})
    void boundsAreAsShortAsTheyWereChosen(double bound, String text) {
        assertThat(Figures.bound(bound)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0, 1.00", "2302.585092994046, 1.00×10¹⁰⁰⁰", "-2302.585092994046, 1.00×10⁻¹⁰⁰⁰"})
    void exponentialsGoBeyondWhatNumbersHold(double log, String text) {
        assertThat(Figures.exponential(log)).isEqualTo(text);
    }

    @Test
    void sentencesHavePowersOfTenButNamesStay() {
        assertThat(Figures.sentence("at \"conv 1e-05\" it is 1.7e-08, then 3e+10"))
                .isEqualTo("At \"conv 1e-05\" it is 1.7×10⁻⁸, then 3×10¹⁰");
        assertThat(Figures.sentence("(95 %: -Infinity to +0.1) x-1")).isEqualTo("(95 %: −∞ to +0.1) x-1");
        assertThat(Figures.sentence("M changes")).isEqualTo("M changes");
        assertThat(Figures.sentence("")).isEmpty();
    }
}
