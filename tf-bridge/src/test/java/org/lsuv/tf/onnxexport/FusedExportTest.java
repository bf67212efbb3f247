package org.lsuv.tf.onnxexport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lsuv.tf.onnxexport.ExportCase.draw;
import static org.lsuv.tf.onnxexport.ExportCase.positive;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.OrtProbe;
import org.tensorflow.Operand;
import org.tensorflow.OperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.types.TFloat32;

/** What TensorFlow's optimiser writes in place of a product and what follows it. */
class FusedExportTest {
    private static Operand<TFloat32> fused(OperationBuilder product, String behind) {
        product.setAttr("fused_ops", behind.split(" "));
        if (behind.endsWith("LeakyRelu")) {
            product.setAttr("leakyrelu_alpha", 0.3f);
        }
        return product.build().output(0);
    }

    private static Output<?>[] list(List<Operand<TFloat32>> operands) {
        return operands.stream().map(Operand::asOutput).toArray(Output<?>[]::new);
    }

    private static OperationBuilder conv(ExportCase net, List<Operand<TFloat32>> further) {
        return net.operation("_FusedConv2D", net.input("x", -1, 7, 6, 3), net.weight("w", 3, 3, 3, 4))
                .addInputList(list(further))
                .addInputList(list(List.of()))
                .setAttr("num_args", further.size())
                .setAttr("strides", new long[] {1, 2, 1, 1})
                .setAttr("padding", "SAME");
    }

    private static List<Operand<TFloat32>> normalised(ExportCase net) {
        return List.of(
                net.weight("scale", 4),
                net.weight("offset", 4),
                net.weight("mean", 4),
                net.weight(positive("variance", 4)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"BiasAdd", "BiasAdd Relu", "BiasAdd Relu6", "BiasAdd Elu", "BiasAdd LeakyRelu"})
    void convolutionAgrees(String behind) {
        try (ExportCase net = new ExportCase()) {
            net.output("y", fused(conv(net, List.of(net.weight("b", 4))), behind));
            OnnxModel model = net.agrees(draw("x", 2, 7, 6, 3));
            assertThat(ExportCase.count(model, "Add")).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"FusedBatchNorm", "FusedBatchNorm Relu"})
    void normalisedConvolutionAgrees(String behind) {
        try (ExportCase net = new ExportCase()) {
            net.output("y", fused(conv(net, normalised(net)).setAttr("epsilon", 0.01f), behind));
            net.agrees(draw("x", 2, 7, 6, 3));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"BiasAdd", "BiasAdd Relu", "BiasAdd Tanh", "BiasAdd Sigmoid", "BiasAdd LeakyRelu"})
    void productAgrees(String behind) {
        try (ExportCase net = new ExportCase()) {
            OperationBuilder product = net.operation("_FusedMatMul", net.input("x", -1, 5), net.weight("w", 4, 5))
                    .addInputList(list(List.of(net.weight("b", 4))))
                    .setAttr("transpose_b", true);
            net.output("y", fused(product, behind));
            net.agrees(draw("x", 3, 5));
        }
    }

    @Test
    void otherFunctionsAreUnsupported() {
        try (ExportCase net = new ExportCase()) {
            OperationBuilder product = net.operation("_FusedMatMul", net.input("x", -1, 5), net.weight("w", 5, 4))
                    .addInputList(list(List.of(net.weight("b", 4))));
            net.output("y", fused(product, "BiasAdd GeluExact"));
            assertThatThrownBy(net::export)
                    .isInstanceOf(UnsupportedModelException.class)
                    .hasMessageContaining("\"GeluExact\" behind a product is not supported");
        }
    }

    /** TensorFlow has this operation for other devices alone: it is compared with what it stands for. */
    @Test
    void normalisationOfASumIsThatOfItsParts() {
        OnnxTensor x = draw("x", 2, 3, 5, 4);
        OnnxTensor side = draw("side", 2, 3, 5, 4);
        Map<String, OnnxTensor> batch = Map.of("x", x, "side", side);
        try (ExportCase fused = new ExportCase();
                ExportCase plain = new ExportCase()) {
            OperationBuilder norm = fused.operation("_FusedBatchNormEx", fused.input("x", -1, 3, 5, 4));
            normalised(fused).forEach(weight -> norm.addInput(weight.asOutput()));
            norm.addInputList(list(List.of(fused.input("side", -1, 3, 5, 4))))
                    .setAttr("activation_mode", "Relu")
                    .setAttr("is_training", false)
                    .setAttr("epsilon", 0.01f);
            fused.output("y", norm.build().output(0));
            Ops tf = plain.tf();
            List<Operand<TFloat32>> weights = normalised(plain);
            Operand<TFloat32> normal = tf.nn.fusedBatchNorm(
                            plain.input("x", -1, 3, 5, 4),
                            weights.get(0),
                            weights.get(1),
                            weights.get(2),
                            weights.get(3),
                            FusedBatchNorm.isTraining(false),
                            FusedBatchNorm.epsilon(0.01f))
                    .y();
            plain.output("y", tf.nn.relu(tf.math.add(normal, plain.input("side", -1, 3, 5, 4))));
            try (OrtProbe probe = OrtProbe.open(fused.export(), new OrtOptions(1));
                    OrtProbe reference = OrtProbe.open(plain.agrees(x, side), new OrtOptions(1))) {
                assertThat(Objects.requireNonNull(
                                        probe.fetch(batch, List.of("y")).get("y"))
                                .toFloats())
                        .isEqualTo(Objects.requireNonNull(
                                        reference.fetch(batch, List.of("y")).get("y"))
                                .toFloats());
            }
        }
    }
}
