package org.lsuv.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MarkupTest {
    @ParameterizedTest
    @CsvSource({
        "/features/features.7/Add_output_0, /features/|features.7/|Add_|output_0",
        "/wte/Gather, /wte/|Gather",
        "17.0.15 on amd64, 17.0.15 on amd64",
        "onnx::MatMul_123, onnx::|MatMul_123",
        "a.b, a.b",
        "/b.0/c_attn/MatMul, /b.0/|c_attn/|MatMul",
        "x<y>/z&amp, x&lt;y&gt;/|z&amp;amp",
    })
    void namesBreakBehindTheirPartsAndNowhereElse(String name, String expected) {
        assertThat(new Markup().name(name).finish().replace("<wbr/>", "|")).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "from 0.0001 at \"/layer4/relu_2\"; 1.25 there, from 0.0001 at &quot;/layer4/|relu_2&quot;; 1.25 there",
        "and/or, and/or",
    })
    void onlyQuotedNamesBreakInSentences(String sentence, String expected) {
        assertThat(new Markup().prose(sentence).finish().replace("<wbr/>", "|")).isEqualTo(expected);
    }
}
