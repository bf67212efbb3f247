package org.lsuv.tf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

class SharedTensorsTest {
    private static final int COUNT = 1 << 19;

    private static OnnxTensor floats(ByteBuffer bytes) {
        return OnnxTensor.of("w", OnnxType.FLOAT, new long[] {COUNT / 2, 2}, List.of(bytes));
    }

    @Test
    void aTensorReadsTheMemoryOfItsHost() {
        ByteBuffer bytes = SharedTensors.allocate(COUNT * Float.BYTES);
        try (Tensor shared = SharedTensors.of(floats(bytes)).orElseThrow()) {
            bytes.putFloat(4 * (COUNT - 1), 7);
            assertThat(shared.shape()).isEqualTo(Shape.of(COUNT / 2, 2));
            assertThat(HostTensors.toHost("w", shared).toFloats()[COUNT - 1]).isEqualTo(7);
        }
    }

    @Test
    void whatIsSmallUnalignedOnTheHeapOrOfAnotherTypeIsNotShared() {
        assertThat(SharedTensors.of(OnnxTensor.ofFloats("w", new long[] {2}, 1, 2)))
                .isEmpty();
        assertThat(SharedTensors.of(floats(ByteBuffer.allocate(COUNT * Float.BYTES))))
                .isEmpty();
        ByteBuffer unaligned = SharedTensors.allocate(COUNT * Float.BYTES + Float.BYTES)
                .position(Float.BYTES)
                .slice();
        assertThat(SharedTensors.of(floats(unaligned))).isEmpty();
        OnnxTensor halves = OnnxTensor.of(
                "w", OnnxType.FLOAT16, new long[] {2L * COUNT}, List.of(SharedTensors.allocate(COUNT * Float.BYTES)));
        assertThat(SharedTensors.of(halves)).isEmpty();
    }

    @Test
    void aGraphLeavesTheMemoryThatItIsFedAsItIs() {
        ByteBuffer bytes = filled(3);
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            Operand<TFloat32> fed = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(COUNT / 2, 2)));
            // Element-wise operations write into their input where nobody else holds it.
            Operand<TFloat32> result = tf.math.square(tf.math.neg(fed));
            try (TfRun run = TfRun.open(graph.toGraphDef(), TfOptions.defaults())) {
                run.feed(TensorRef.of(fed), floats(bytes));
                OnnxTensor found = run.fetch(List.of(TensorRef.of(result))).get(0);
                assertThat(found.toFloats()[COUNT - 1]).isEqualTo(9);
            }
        }
        assertThat(floats(bytes).toFloats()).containsOnly(3);
    }

    @Test
    void aResultMayTakeThePlaceOfWhatItWasMadeOf() {
        ByteBuffer bytes = filled(3);
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            Operand<TFloat32> given = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(COUNT / 2, 2)));
            TensorRef result = TensorRef.of(tf.math.square(given));
            try (TfRun run = TfRun.open(graph.toGraphDef(), TfOptions.defaults())) {
                OnnxTensor found = run.fetch(
                                List.of(result), Map.of(TensorRef.of(given), floats(bytes)), length -> bytes)
                        .get(0);
                assertThat(found.toFloats()).containsOnly(9);
            }
        }
        assertThat(floats(bytes).toFloats()).containsOnly(9);
    }

    @Test
    void theMemoryLivesAsLongAsTheTensor() {
        try (Tensor shared = SharedTensors.of(floats(filled(5))).orElseThrow()) {
            // What a collection frees, the next tensors of the same size get.
            System.gc();
            for (int i = 0; i < 8; i++) {
                assertThat(filled(6).getFloat(0)).isEqualTo(6);
            }
            assertThat(HostTensors.toHost("w", shared).toFloats()).containsOnly(5);
        }
    }

    private static ByteBuffer filled(float value) {
        ByteBuffer bytes = SharedTensors.allocate(COUNT * Float.BYTES);
        for (int i = 0; i < COUNT; i++) {
            bytes.putFloat(4 * i, value);
        }
        return bytes;
    }
}
