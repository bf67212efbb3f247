package org.lsuv.tf.onnxexport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lsuv.tf.onnxexport.ExportCase.count;
import static org.lsuv.tf.onnxexport.ExportCase.draw;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.Conv2d;
import org.tensorflow.op.nn.Conv2dBackpropInput;
import org.tensorflow.types.TFloat32;

/** Convolutions and pooling, with sizes that the graph knows and with such that only a run shows. */
class WindowExportTest {
    private static List<Long> steps(long stride) {
        return List.of(1L, stride, stride, 1L);
    }

    @ParameterizedTest
    @CsvSource({
        "SAME, 1, 1, 7, 7",
        "SAME, 2, 1, 7, 7",
        "SAME, 2, 1, 8, -1",
        "SAME, 3, 1, 7, -1",
        "VALID, 2, 1, 8, 8",
        "VALID, 1, 2, 9, 9",
        "SAME, 1, 2, 9, 9",
        "SAME, 1, 2, 9, -1"
    })
    void convolutionsAgree(String padding, long stride, long dilation, long size, long declared) {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, declared, declared, 4);
            net.output(
                    "conv",
                    tf.nn.conv2d(
                            x, net.weight("k", 3, 2, 4, 6), steps(stride), padding, Conv2d.dilations(steps(dilation))));
            net.output(
                    "grouped",
                    tf.nn.conv2d(
                            x, net.weight("g", 3, 3, 2, 6), steps(stride), padding, Conv2d.dilations(steps(dilation))));
            net.output(
                    "depthwise",
                    tf.nn.depthwiseConv2dNative(
                            x,
                            net.weight("d", 3, 3, 4, 2),
                            steps(stride),
                            padding,
                            org.tensorflow.op.nn.DepthwiseConv2dNative.dilations(steps(dilation))));

            var model = net.agrees(draw("x", 2, size, size, 4));

            assertThat(count(model, "Transpose")).isEqualTo(4);
            assertThat(model.graph().initializer("d").orElseThrow().shape()).isEqualTo(new long[] {8, 1, 3, 3});
        }
    }

    @ParameterizedTest
    @CsvSource({
        "SAME, 2, 7, 7",
        "SAME, 2, 8, -1",
        "SAME, 1, 5, 5",
        "SAME, 3, 7, -1",
        "VALID, 2, 7, 7",
        "VALID, 3, 7, -1"
    })
    void poolsDoNotCountPadding(String padding, int stride, long size, long declared) {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, declared, declared, 3);
            net.output("max", tf.nn.maxPool(x, tf.array(1, 3, 3, 1), tf.array(1, stride, stride, 1), padding));
            net.output("average", tf.nn.avgPool(x, List.of(1L, 3L, 3L, 1L), steps(stride), padding));
            net.agrees(draw("x", 2, size, size, 3));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "SAME, 2, 3, 4, 8",
        "SAME, 2, 3, 4, 7",
        "SAME, 3, 2, 4, 12",
        "VALID, 2, 3, 4, 9",
        "VALID, 2, 3, 4, 10",
        "SAME, 1, 3, 5, 5"
    })
    void transposedConvolutionsAgree(String padding, long stride, long kernel, long size, long result) {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, size, size, 4);
            Operand<org.tensorflow.types.TInt32> batch =
                    tf.slice(tf.shape(x), tf.constant(new int[] {0}), tf.constant(new int[] {1}));
            Operand<org.tensorflow.types.TInt32> sizes =
                    tf.concat(List.of(batch, tf.constant(new int[] {(int) result, (int) result, 5})), tf.constant(0));
            net.output(
                    "y",
                    tf.nn.conv2dBackpropInput(
                            sizes,
                            net.weight("k", kernel, kernel, 5, 4),
                            x,
                            steps(stride),
                            padding,
                            new Conv2dBackpropInput.Options[0]));
            net.agrees(draw("x", 2, size, size, 4));
        }
    }

    @ParameterizedTest
    @CsvSource({"SAME, 1", "SAME, 2", "VALID, 1"})
    void volumesAgree(String padding, long stride) {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, 5, 6, 7, 3);
            List<Long> steps = List.of(1L, stride, stride, stride, 1L);
            net.output("conv", tf.nn.conv3d(x, net.weight("k", 2, 3, 3, 3, 4), steps, padding));
            net.output("max", tf.nn.maxPool3d(x, List.of(1L, 2L, 2L, 2L, 1L), steps, padding));
            net.output("average", tf.nn.avgPool3d(x, List.of(1L, 2L, 2L, 2L, 1L), steps, padding));
            net.agrees(draw("x", 2, 5, 6, 7, 3));
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 9, 0", "2, 8, 1", "3, 9, 0"})
    void convolutionBetweenMovesOfBlocksGetsDilations(int block, int size, int crop) {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, size, size, 3);
            int end = block + (block - size % block) % block;
            Operand<TFloat32> blocks = tf.spaceToBatchNd(
                    x, tf.constant(new int[] {block, block}), tf.constant(new int[][] {{block, end}, {block, end}}));
            Operand<TFloat32> y = tf.nn.conv2d(blocks, net.weight("k", 3, 3, 3, 4), steps(1), "VALID");
            net.output("y", tf.batchToSpaceNd(y, tf.constant(new int[] {block, block}), tf.constant(new int[][] {
                {0, crop}, {0, crop}
            })));
            net.output(
                    "back", tf.batchToSpaceNd(blocks, tf.constant(new int[] {block, block}), tf.constant(new int[][] {
                        {1, 0}, {0, crop}
                    })));

            var model = net.agrees(draw("x", 2, size, size, 3));

            assertThat(model.graph().nodes())
                    .filteredOn(node -> node.opType().equals("Conv"))
                    .singleElement()
                    .satisfies(node -> assertThat(
                                    node.attributes().ints("dilations").orElseThrow())
                            .containsExactly((long) block, (long) block));
        }
    }
}
