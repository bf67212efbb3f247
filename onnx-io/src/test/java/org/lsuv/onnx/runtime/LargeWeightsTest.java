package org.lsuv.onnx.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsuv.onnx.EngineModel;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.TestModel;

/** Weights with much data go to ONNX Runtime beside the message. */
class LargeWeightsTest {
    private static final int SIZE = 200;

    private static final OnnxTensor X = OnnxTensor.ofFloats("x", new long[] {1, SIZE}, values(SIZE));

    @Test
    void leaveTheMessageSmall() {
        EngineModel engine = gemm().read().forEngine();
        assertThat(engine.initializers()).containsOnlyKeys("w");
        assertThat(engine.bytes().remaining()).isLessThan(1000);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16"})
    void keepTheirValuesInEveryType(OnnxType type) {
        OnnxTensor weight = OnnxTensor.ofDoubles("w", type, new long[] {SIZE, SIZE}, doubles(weights()));
        OnnxModel model = TestModel.opset(17)
                .initializer(raw(weight))
                .node("Identity", List.of("w"), List.of("y"))
                .output("y", type, SIZE, SIZE)
                .read();
        assertThat(model.forEngine().initializers()).containsOnlyKeys("w");
        assertThat(fetched(model, Map.of())).containsExactly(weight.toDoubles());
    }

    @Test
    void areDefaultsOfInputsToo() {
        OnnxModel old = gemm().ir(3).input("w", OnnxType.FLOAT, SIZE, SIZE).read();
        assertThat(fetched(old, Map.of("x", X))).containsExactly(fetched(gemm().read(), Map.of("x", X)));
    }

    @Test
    void areReadInsideOfBranches() {
        GraphProto body = TestModel.opset(17)
                .node("Gemm", List.of("x", "w"), List.of("inside"))
                .output("inside", OnnxType.FLOAT, 1, SIZE)
                .graph();
        OnnxModel model = TestModel.opset(17)
                .input("x", OnnxType.FLOAT, 1, SIZE)
                .initializer(TestModel.rawFloats("w", new long[] {SIZE, SIZE}, weights()))
                .initializer(TestModel.tensor("yes", OnnxType.BOOL)
                        .setRawData(ByteString.copyFrom(new byte[] {1}))
                        .build())
                .node(NodeProto.newBuilder()
                        .setOpType("If")
                        .addInput("yes")
                        .addOutput("y")
                        .addAttribute(TestModel.attribute("then_branch", body))
                        .addAttribute(TestModel.attribute("else_branch", body))
                        .build())
                .output("y", OnnxType.FLOAT, 1, SIZE)
                .read();
        assertThat(fetched(model, Map.of("x", X))).containsExactly(fetched(gemm().read(), Map.of("x", X)));
    }

    private static TestModel gemm() {
        return TestModel.opset(17)
                .input("x", OnnxType.FLOAT, 1, SIZE)
                .initializer(TestModel.rawFloats("w", new long[] {SIZE, SIZE}, weights()))
                .node("Gemm", List.of("x", "w"), List.of("y"))
                .output("y", OnnxType.FLOAT, 1, SIZE);
    }

    private static double[] fetched(OnnxModel model, Map<String, OnnxTensor> inputs) {
        try (OrtProbe probe = OrtProbe.open(model, OrtOptions.DEFAULT)) {
            return Objects.requireNonNull(probe.fetch(inputs, List.of("y")).get("y"))
                    .toDoubles();
        }
    }

    private static TensorProto raw(OnnxTensor tensor) {
        TensorProto.Builder proto = TestModel.tensor(tensor.name(), tensor.type(), tensor.shape());
        tensor.chunks().forEach(chunk -> proto.setRawData(ByteString.copyFrom(chunk)));
        return proto.build();
    }

    private static float[] weights() {
        return values(SIZE * SIZE);
    }

    private static float[] values(int count) {
        Random random = new Random(count);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static double[] doubles(float[] values) {
        double[] doubles = new double[values.length];
        Arrays.setAll(doubles, i -> values[i]);
        return doubles;
    }
}
