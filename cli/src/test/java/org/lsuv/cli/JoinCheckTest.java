package org.lsuv.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.data.DataArgument;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.runtime.ValueStatistics;
import org.lsuv.onnx.runtime.Verification;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.init.JoinResult;
import org.lsuv.tf.init.LsuvOptions;
import org.lsuv.tf.init.Progress;
import org.lsuv.tf.init.ResidualRule;
import org.lsuv.tf.network.Network;

/** Gives a join of a real network other measurements, and asks what is made of them. */
class JoinCheckTest {
    private static final double TOLERANCE = 0.01;

    private static List<JoinResult> joins = List.of();

    @BeforeAll
    static void initialise() throws IOException {
        Network network = Network.read(CliRun.model("transformer-layer.onnx"));
        DataBatch batch = DataBatch.bind(network.inputs(), List.of(new DataArgument("", CliRun.IMAGES)));
        joins = network.initialize(batch, LsuvOptions.defaults().with(ResidualRule.UNIT), Progress.NONE)
                .report()
                .joins();
    }

    private static Map<TensorRef, String> names(JoinResult result) {
        return Map.of(
                result.join().stream(), "stream",
                result.join().branch(), "branch",
                result.join().sum(), "sum");
    }

    private static JoinCheck check(JoinResult result, double stream, double branch, double sum) {
        Map<String, ValueStatistics> values = new HashMap<>();
        Map.of("stream", stream, "branch", branch, "sum", sum)
                .forEach((name, variance) ->
                        values.put(name, new ValueStatistics(1, 0, variance, Double.NaN, Double.NaN)));
        return new JoinCheck(result, JoinCheck.variances(result.join(), names(result), values));
    }

    @Test
    void equalMeasurementsAreNotApart() {
        assertThat(joins).hasSize(2).allSatisfy(join -> {
            JoinCheck found = check(join, join.stream(), join.branch(), join.sum());
            assertThat(found.isMeasured()).isTrue();
            assertThat(found.deviation()).isZero();
            assertThat(found.reached()).isEqualTo(join.reached());
            assertThat(found.isApart(TOLERANCE)).isFalse();
        });
    }

    @Test
    void anotherVarianceIsADeviationInSharesOfTheStream() {
        JoinResult join = joins.get(0);
        JoinCheck found = check(join, join.stream(), join.branch() + 0.02 * join.stream(), join.sum());
        assertThat(found.deviation()).isCloseTo(0.02, within(1e-9));
        assertThat(found.isApart(TOLERANCE)).isTrue();
        assertThat(found.isApart(0.03)).isFalse();
    }

    @Test
    void aSmallShareIsMissedByLessThanTheToleranceOfTheStream() {
        JoinResult join = joins.get(0);
        double off = 0.8 * TOLERANCE * join.stream();
        JoinCheck found = check(join, join.stream(), join.branch(), join.sum() + off);
        assertThat(found.deviation()).isLessThan(TOLERANCE);
        assertThat(found.reached() - join.reached()).isCloseTo(0.8 * TOLERANCE, within(1e-9));
        assertThat(join.target()).isLessThan(0.5);
        assertThat(found.isApart(TOLERANCE)).isTrue();
    }

    @Test
    void whatOnlyOneEngineFindsIsInfinitelyFarAway() {
        JoinResult join = joins.get(0);
        JoinCheck found = check(join, join.stream(), Double.NaN, join.sum());
        assertThat(found.deviation()).isInfinite();
        assertThat(found.isApart(TOLERANCE)).isTrue();
    }

    @Test
    void joinsWithoutAValueAreNotMeasuredAndNotApart() {
        JoinResult join = joins.get(0);
        Map<TensorRef, String> names = new HashMap<>(names(join));
        names.remove(join.join().sum());
        Verification verification = new Verification(
                List.of(),
                Map.of("stream", new ValueStatistics(1, 0, join.stream(), Double.NaN, Double.NaN)),
                List.of());
        assertThat(JoinCheck.values(List.of(join.join()), names)).containsExactly("stream", "branch");
        JoinCheck found = new JoinCheck(join, JoinCheck.variances(join.join(), names, verification.values()));
        assertThat(found.isMeasured()).isFalse();
        assertThat(found.found().stream()).hasValue(join.stream());
        assertThat(found.found().branch()).isEmpty();
        assertThat(found.found().sum()).isEmpty();
        assertThat(found.reached()).isNaN();
        assertThat(found.isApart(TOLERANCE)).isFalse();
        OrtCheck all = new OrtCheck(Optional.of(verification), List.of(found), "", "");
        assertThat(all.joinsNotMeasured()).isEqualTo(1);
        assertThat(all.maxJoinDeviation()).isNaN();
    }
}
