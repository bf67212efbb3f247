package org.lsuv.tf.diagnose;

import java.util.stream.LongStream;
import org.lsuv.onnx.data.TensorStatistics;
import org.lsuv.onnx.layers.KernelLayout;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.WeightedLayer;
import org.tensorflow.ndarray.Shape;

/**
 * Holds what the weight of a layer says before anything runs.
 *
 * @param mean the mean of its values
 * @param meanSquare the mean of their squares
 * @param fanIn how many weights one output sums over, in the mean where it is not the same for all
 * @param width output channels times positions of the kernel
 */
record Weights(double mean, double meanSquare, double fanIn, long width) {

    static Weights of(TfModel model, SignalGraph graph, WeightedLayer layer) {
        TensorStatistics statistics =
                TensorStatistics.of(model.weight(layer.weight().source()).value());
        boolean finite = statistics.nonFinite() == 0;
        double mean = finite ? statistics.mean() : Double.NaN;
        double meanSquare = finite ? statistics.variance() + mean * mean : Double.NaN;
        KernelLayout kernel = layer.kernel();
        boolean transposed = layer.op().equals("ConvTranspose");
        boolean convolution = layer.op().contains("Conv");
        long positions = !convolution
                ? 1
                : LongStream.range(
                                1,
                                transposed
                                        ? kernel.outAxes().size()
                                        : kernel.inAxes().size())
                        .map(i -> kernel.view().get((transposed ? kernel.outAxes() : kernel.inAxes()).get((int) i)))
                        .reduce(1, Math::multiplyExact);
        double fanIn = transposed ? transposedFanIn(graph, layer, positions) : kernel.fanIn();
        return new Weights(mean, meanSquare, fanIn, Math.max(1, kernel.channels() * positions));
    }

    /** Each input value meets all positions of the kernel, and they spread over all output positions. */
    private static double transposedFanIn(SignalGraph graph, WeightedLayer layer, long positions) {
        KernelLayout kernel = layer.kernel();
        Shape output = graph.shape(layer.linear());
        double inputs = graph.inputs(layer.linear().op()).stream()
                .filter(graph::isFloatingSignal)
                .map(TensorRef::op)
                .map(op -> graph.shape(new TensorRef(op, 0)))
                .filter(shape -> !shape.isUnknown() && !shape.hasUnknownDimension())
                .mapToLong(Shape::size)
                .max()
                .orElse(-1);
        if (inputs <= 0 || output.isUnknown() || output.hasUnknownDimension() || output.size() <= 0) {
            return kernel.fanIn() * (double) positions;
        }
        double inputPositions = inputs / (kernel.fanIn() * kernel.blocks());
        double outputPositions = (double) output.size() / kernel.channels();
        return kernel.fanIn() * positions * inputPositions / outputPositions;
    }
}
