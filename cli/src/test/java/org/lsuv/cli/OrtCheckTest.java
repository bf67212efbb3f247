package org.lsuv.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.data.DataArgument;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.layers.OnnxLayer;
import org.lsuv.onnx.layers.OnnxLayers;
import org.lsuv.onnx.runtime.ValueStatistics;
import org.lsuv.onnx.runtime.Verification;
import org.lsuv.tf.init.LsuvOptions;
import org.lsuv.tf.init.LsuvReport;
import org.lsuv.tf.init.Progress;
import org.lsuv.tf.network.Network;

/** Gives the layers of a real network other measurements, and asks what is made of them. */
class OrtCheckTest {
    private static final String MODEL = "order-reversed.onnx";
    private static final double TOLERANCE = 0.01;

    private static LsuvReport report;
    private static List<OnnxLayer> layers = List.of();

    @BeforeAll
    static void initialise() throws IOException {
        Network network = Network.read(CliRun.model(MODEL));
        DataBatch batch = DataBatch.bind(network.inputs(), List.of(new DataArgument("", CliRun.IMAGES)));
        report =
                network.initialize(batch, LsuvOptions.defaults(), Progress.NONE).report();
        layers = OnnxLayers.find(OnnxReader.read(CliRun.model(MODEL)).graph()).layers();
    }

    /** Returns a check in which the layers have these variances, and the others the target. */
    private static OrtCheck check(double... variances) {
        List<Verification.Layer> found = new ArrayList<>();
        for (OnnxLayer layer : layers) {
            double variance = found.size() < variances.length ? variances[found.size()] : 1;
            ValueStatistics statistics = new ValueStatistics(1, 0, variance, Double.NaN, Double.NaN);
            found.add(new Verification.Layer(layer, layer.output(), statistics, List.of()));
        }
        return new OrtCheck(Optional.of(new Verification(found, Map.of(), List.of())), List.of(), "", "");
    }

    @Test
    void weightsWithinTheToleranceAreNotApart() {
        OrtCheck check = check(1.009, 0.991);
        assertThat(check.toConfirm(report)).hasSize(5);
        assertThat(check.weightsApart(report, TOLERANCE)).isZero();
        assertThat(check.maxError(report)).isCloseTo(0.009, within(1e-9));
    }

    @Test
    void weightsOffTheirTargetsAreCounted() {
        OrtCheck check = check(1.011, 1, 0.5);
        assertThat(check.weightsApart(report, TOLERANCE)).isEqualTo(2);
        assertThat(check.maxError(report)).isEqualTo(0.5);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
    void aVarianceThatIsNoNumberIsInfinitelyFarAway(double variance) {
        OrtCheck check = check(1, variance);
        assertThat(check.weightsApart(report, TOLERANCE)).isEqualTo(1);
        assertThat(check.maxError(report)).isInfinite();
    }
}
