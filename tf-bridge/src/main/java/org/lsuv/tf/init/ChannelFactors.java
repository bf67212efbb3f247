package org.lsuv.tf.init;

import java.util.Arrays;
import java.util.List;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.layers.KernelLayout;
import org.lsuv.onnx.layers.WeightPath;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.draw.OperandPath;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.family.TNumber;

/** Lays factors of output channels out like the weight, so that each of its elements has its own. */
final class ChannelFactors {
    private ChannelFactors() {}

    /**
     * Returns a factor for each element of a stored weight.
     *
     * @param factors a factor for each output channel
     * @return float64 for a float64 weight, else float32
     */
    static OnnxTensor of(WeightedLayer layer, double[] factors, TfOptions options) {
        KernelLayout kernel = layer.kernel();
        WeightPath path = layer.weight();
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            Operand<TFloat64> given = tf.placeholder(TFloat64.class);
            long[] sides = new long[kernel.view().size()];
            Arrays.fill(sides, 1);
            kernel.channelAxes().forEach(axis -> sides[axis] = kernel.view().get(axis));
            Operand<? extends TNumber> typed =
                    path.type() == OnnxType.DOUBLE ? given : tf.dtypes.cast(given, TFloat32.class);
            TensorRef result = TensorRef.of(laidOut(tf, typed, sides, kernel, path));
            try (TfRun run = TfRun.open(graph.toGraphDef(), options)) {
                run.feed(
                        TensorRef.of(given),
                        OnnxTensor.ofDoubles("", OnnxType.DOUBLE, new long[] {factors.length}, factors));
                return run.fetch(List.of(result)).get(0);
            }
        }
    }

    private static <T extends TNumber> Operand<T> laidOut(
            Ops tf, Operand<T> factors, long[] sides, KernelLayout kernel, WeightPath path) {
        Operand<T> view =
                tf.broadcastTo(tf.reshape(factors, tf.constant(sides)), tf.constant(OperandPath.longs(kernel.view())));
        return OperandPath.stored(tf, view, path.operandShape(), path.steps());
    }
}
