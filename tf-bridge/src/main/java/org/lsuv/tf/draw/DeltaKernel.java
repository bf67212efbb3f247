package org.lsuv.tf.draw;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.layers.KernelLayout;
import org.lsuv.onnx.layers.WeightPath;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;

/**
 * Draws kernels of convolutions that are orthonormal at their middle position and zero elsewhere (Xiao et al.
 * 2018, algorithm 1): each group of such a convolution is an isometry for signals of any size.
 */
record DeltaKernel(String op, KernelLayout kernel, WeightPath path) {

    OnnxTensor draw(Orthonormal orthonormal, long seed) {
        List<Long> shape = path.operandShape();
        List<Long> middle = single(shape);
        WeightPath alone = new WeightPath(path.source(), path.operand(), path.type(), middle, middle, List.of());
        KernelLayout matrices = new KernelLayout(
                single(kernel.view()), kernel.blockAxes(), kernel.inAxes(), kernel.outAxes(), kernel.channelAxes());
        double[] drawn = orthonormal.draw(matrices, alone, seed).toDoubles();
        return stored(spread(drawn, shape));
    }

    /** Returns sizes with one position. */
    private List<Long> single(List<Long> sizes) {
        int spatial = Fans.positionAxes(op, path.operandShape().size());
        List<Long> single = new ArrayList<>(sizes);
        int from = Fans.arePositionsFirst(op) ? 0 : sizes.size() - spatial;
        Collections.fill(single.subList(from, from + spatial), 1L);
        return single;
    }

    /** Puts the values at the middle position, zeros elsewhere. */
    private double[] spread(double[] drawn, List<Long> shape) {
        int spatial = Fans.positionAxes(op, shape.size());
        boolean first = Fans.arePositionsFirst(op);
        int from = first ? 0 : shape.size() - spatial;
        int positions = 1;
        int centre = 0;
        for (long size : shape.subList(from, from + spatial)) {
            positions *= Math.toIntExact(size);
            centre = Math.toIntExact(centre * size + (size - 1) / 2);
        }
        double[] values = new double[Math.multiplyExact(drawn.length, positions)];
        for (int i = 0; i < drawn.length; i++) {
            values[first ? centre * drawn.length + i : i * positions + centre] = drawn[i];
        }
        return values;
    }

    private OnnxTensor stored(double[] values) {
        OnnxType type = path.type() == OnnxType.DOUBLE ? OnnxType.DOUBLE : OnnxType.FLOAT;
        long[] shape = OperandPath.longs(path.operandShape());
        if (path.steps().isEmpty()) {
            return OnnxTensor.ofDoubles("", type, shape, values);
        }
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            Operand<TFloat64> given = tf.placeholder(TFloat64.class);
            TensorRef result = TensorRef.of(OperandPath.stored(tf, given, path.operandShape(), path.steps()));
            try (TfRun run = TfRun.open(graph.toGraphDef(), TfOptions.defaults())) {
                run.feed(TensorRef.of(given), OnnxTensor.ofDoubles("", OnnxType.DOUBLE, shape, values));
                OnnxTensor back = run.fetch(List.of(result)).get(0);
                return OnnxTensor.ofDoubles("", type, back.shape(), back.toDoubles());
            }
        }
    }
}
