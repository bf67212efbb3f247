package org.lsuv.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.tf.draw.Initializer;
import org.lsuv.tf.init.BiasRule;
import org.lsuv.tf.init.LayerRule;
import org.lsuv.tf.init.Rescale;

class PlanFileTest {
    @TempDir
    private Path folder;

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("plan.json"), text);
    }

    @Test
    void rulesComeInTheOrderOfTheFile() throws IOException {
        List<LayerRule> rules = PlanFile.read(file("""
                {"layers": [
                  {"match": "^conv", "init": "he-normal", "rescale": "none", "bias": "keep", "target": 0.5},
                  {"match": "fc", "skip": true}
                ]}"""));

        assertThat(rules).hasSize(2);
        assertThat(rules.get(0).match().pattern()).isEqualTo("^conv");
        assertThat(rules.get(0).initializer()).isEqualTo(Optional.of(Initializer.HE_NORMAL));
        assertThat(rules.get(0).rescale()).isEqualTo(Optional.of(Rescale.NONE));
        assertThat(rules.get(0).biases()).isEqualTo(Optional.of(BiasRule.KEEP));
        assertThat(rules.get(0).targetVariance()).isEqualTo(OptionalDouble.of(0.5));
        assertThat(rules.get(0).skip()).isFalse();
        assertThat(rules.get(1).initializer()).isEmpty();
        assertThat(rules.get(1).skip()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"layers\": [{\"match\": \"a\", \"inti\": \"keep\"}]} | $.layers[0].inti: unknown key \"inti\"",
                "{\"layers\": [{\"match\": \"a\"}, {\"match\": \"(\"}]} | $.layers[1].match: \"(\" is no regular expression: ",
                "{\"layers\": [{\"init\": \"keep\"}]} | the rule has no \"match\"",
                "{\"layers\": [{\"match\": \"a\", \"init\": \"he-norml\"}]} | found \"he-norml\" (did you mean he-normal?)",
                "{\"layers\": [{\"match\": \"a\", \"target\": -1}]} | $.layers[0].target: expected a positive number, found -1",
                "{\"layers\": [{\"match\": \"a\", \"target\": 1e999}]} | expected a positive number, found 1e999",
                "{\"layers\": [{\"match\": \"a\", \"skip\": 1}]} | $.layers[0].skip: expected true or false, found a number",
                "{\"layer\": []} | $.layer: unknown key \"layer\"; expected \"layers\"",
                "{\"layers\": [ | no valid JSON: ",
                "[] | no valid JSON: ",
                "{\"layers\": []} 3 | no valid JSON: "
            })
    void aMistakeIsNamedWithItsPlace(String text, String message) throws IOException {
        Path plan = file(text);

        assertThatThrownBy(() -> PlanFile.read(plan))
                .isInstanceOf(UsageException.class)
                .hasMessageStartingWith(plan + ": ")
                .hasMessageContaining(message);
    }
}
