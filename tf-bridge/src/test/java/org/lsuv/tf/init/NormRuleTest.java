package org.lsuv.tf.init;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxTensor;

class NormRuleTest {
    @ParameterizedTest
    @ValueSource(strings = {"resnet20-unfused.onnx", "resnet20-training.onnx"})
    void normalisationsAreResetOnRequest(String file) {
        Initialised reset = Initialised.of(file, LsuvOptions.defaults().with(NormRule.RESET));
        Map<String, OnnxTensor> weights = reset.report().weights();

        assertThat(weights.entrySet().stream()
                        .filter(entry ->
                                Arrays.stream(entry.getValue().toDoubles()).allMatch(value -> value == 1)))
                .hasSize(21);
        assertThat(reset.report().allConverged()).isTrue();
    }
}
