package org.lsuv.tf;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TfNamesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "conv1.weight",
                "/layer1/conv1/Conv_output_0",
                "onnx::MatMul_123",
                "_leading",
                ".dotted",
                "-dashed--twice",
                "Gewicht ä 重み \uD83D\uDE00",
                ""
            })
    void escapedNamesAreAcceptedAndComeBack(String name) {
        String escaped = TfNames.escape(name);

        assertThat(escaped).matches("[A-Za-z0-9.][A-Za-z0-9_.\\-]*");
        assertThat(TfNames.unescape(escaped)).isEqualTo(name);
    }

    @Test
    void namesThatDifferStayDifferent() {
        assertThat(TfNames.escape("a/b")).isNotEqualTo(TfNames.escape("a--b"));
        assertThat(TfNames.escape("a-002fb")).isNotEqualTo(TfNames.escape("a/b"));
    }
}
