package org.lsuv.tf.diagnose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.lsuv.tf.diagnose.Networks.normal;

import java.util.List;
import java.util.OptionalLong;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.data.TensorStatistics;
import org.lsuv.tf.onnximport.TestModels;

/** Gradients of what TensorFlow gets in other words are the differences of the mean square of the outputs. */
class PlainGradientsTest {
    private static final int ROWS = 7;
    private static final int COLUMNS = 9;
    private static final double STEP = 1e-4;

    private static List<LayerGradient> gradients(OnnxModel model, OnnxTensor x) {
        DiagnosisReport report = Networks.diagnose(
                model, OptionalLong.empty(), DiagnoseOptions.defaults().with(DiagnoseOptions.Gradients.MEAN_SQUARE), x);
        assertThat(report.notes()).noneMatch(note -> note.startsWith("no gradients"));
        return report.gradients();
    }

    /** Returns the norm of the gradient of a function, by differences. */
    private static double norm(double[] at, ToDoubleFunction<double[]> function) {
        double squares = 0;
        for (int i = 0; i < at.length; i++) {
            double[] more = at.clone();
            double[] less = at.clone();
            more[i] += STEP;
            less[i] -= STEP;
            double slope = (function.applyAsDouble(more) - function.applyAsDouble(less)) / (2 * STEP);
            squares += slope * slope;
        }
        return Math.sqrt(squares);
    }

    /** Describes a convolution of one channel with a kernel of 2 × 2, behind a multiplication with a number. */
    private record Convolution(int down, int right, int stride, int padding) {
        OnnxModel model(OnnxTensor number, OnnxTensor kernel) {
            return TestModels.opset(17)
                    .input("x", OnnxType.FLOAT, -1, 1, ROWS, COLUMNS)
                    .initializer(number)
                    .initializer(kernel)
                    .node("Conv", "x,number", "z")
                    .node(
                            "Conv",
                            "z,kernel",
                            "y",
                            "dilations",
                            new long[] {down, right},
                            "strides",
                            new long[] {stride, 1},
                            "pads",
                            new long[] {padding, 0, 1, padding})
                    .build("y");
        }

        private double pixel(double[] image, int row, int column) {
            boolean inside = row >= 0 && row < ROWS && column >= 0 && column < COLUMNS;
            return inside ? image[row * COLUMNS + column] : 0;
        }

        double meanSquare(double[] image, double number, double[] kernel) {
            double sum = 0;
            int count = 0;
            for (int row = -padding; row + down < ROWS + 1; row += stride) {
                for (int column = 0; column + right < COLUMNS + padding; column++) {
                    double y = 0;
                    for (int i = 0; i < 4; i++) {
                        y += kernel[i] * number * pixel(image, row + i / 2 * down, column + i % 2 * right);
                    }
                    sum += y * y;
                    count++;
                }
            }
            return sum / count;
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 3, 1, 0", "3, 1, 2, 1", "2, 2, 2, 2"})
    void dilatedConvolutionsHaveTheirOwnGradient(int down, int right, int stride, int padding) {
        OnnxTensor x = normal("x", 0, 1, 1, 1, 1, ROWS, COLUMNS);
        OnnxTensor number = normal("number", 1.5, 0, 2, 1, 1, 1, 1);
        OnnxTensor kernel = normal("kernel", 0, 1, 3, 1, 1, 2, 2);
        Convolution convolution = new Convolution(down, right, stride, padding);

        List<LayerGradient> found = gradients(convolution.model(number, kernel), x);

        assertThat(found).hasSize(2);
        assertThat(found.get(0).weightGradient())
                .isCloseTo(
                        norm(new double[] {1.5}, w -> convolution.meanSquare(x.toDoubles(), w[0], kernel.toDoubles())),
                        withinPercentage(0.01));
        assertThat(found.get(1).weightGradient())
                .isCloseTo(
                        norm(kernel.toDoubles(), w -> convolution.meanSquare(x.toDoubles(), 1.5, w)),
                        withinPercentage(0.01));
    }

    /** Returns the mean square of the logarithm of the softmax of x·w, where x has rows of 4 values. */
    private static double meanSquare(double[] x, double[] w) {
        double sum = 0;
        for (int row = 0; row < x.length / 4; row++) {
            double[] z = new double[4];
            double powers = 0;
            for (int i = 0; i < 4; i++) {
                for (int k = 0; k < 4; k++) {
                    z[i] += x[4 * row + k] * w[4 * k + i];
                }
                powers += Math.exp(z[i]);
            }
            for (double value : z) {
                sum += Math.pow(value - Math.log(powers), 2);
            }
        }
        return sum / x.length;
    }

    @Test
    void logarithmsOfSoftmaxHaveAGradientInAnyRank() {
        OnnxTensor x = normal("x", 0, 1, 1, 2, 3, 4);
        OnnxTensor w = normal("w", 0, 1, 2, 4, 4);
        OnnxModel model = TestModels.opset(17)
                .input("x", OnnxType.FLOAT, -1, 3, 4)
                .initializer(w)
                .node("MatMul", "x,w", "z")
                .node("LogSoftmax", "z", "y", "axis", -1)
                .build("y");

        assertThat(gradients(model, x))
                .singleElement()
                .satisfies(found -> assertThat(found.weightGradient())
                        .isCloseTo(
                                norm(w.toDoubles(), values -> meanSquare(x.toDoubles(), values)),
                                withinPercentage(0.01)));
    }

    /** The moments are those of the batch; with so great an epsilon the scale before them still matters. */
    @Test
    void aNormalizationMayBeTheLastOperation() {
        OnnxTensor x = normal("x", 0, 1, 1, 2, 1, 3, 4);
        double variance = TensorStatistics.of(x).variance();
        OnnxModel model = TestModels.opset(17)
                .input("x", OnnxType.FLOAT, -1, 1, 3, 4)
                .initializer(normal("number", 1.5, 0, 2, 1, 1, 1, 1))
                .initializer(normal("scale", 0.7, 0, 2, 1))
                .initializer(normal("offset", 0.2, 0, 2, 1))
                .initializer(normal("mean", 0, 0, 2, 1))
                .initializer(normal("variance", 1, 0, 2, 1))
                .node("Conv", "x,number", "z")
                .node("BatchNormalization", "z,scale,offset,mean,variance", "y", "epsilon", 1f)
                .build("y");

        assertThat(gradients(model, x))
                .singleElement()
                .satisfies(found -> assertThat(found.weightGradient())
                        .isCloseTo(
                                norm(new double[] {1.5}, w -> 0.49 / (1 + 1 / (w[0] * w[0] * variance)) + 0.04),
                                withinPercentage(0.01)));
    }
}
