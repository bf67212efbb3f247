package org.lsuv.tf.onnxexport;

import static org.lsuv.tf.onnxexport.ElementwiseExportTest.integers;
import static org.lsuv.tf.onnxexport.ExportCase.draw;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.OneHot;
import org.tensorflow.op.core.StridedSlice;
import org.tensorflow.op.image.ResizeBilinear;
import org.tensorflow.op.image.ResizeNearestNeighbor;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** What cuts, joins, turns and moves elements. */
class ArrayExportTest {
    private static Operand<TInt32> ints(Ops tf, int... values) {
        return tf.constant(values);
    }

    @ParameterizedTest
    @ValueSource(longs = {13, 17, 18, 21, 24})
    void rangesWithAllMasksAgree(long opset) {
        try (ExportCase net = new ExportCase().opset(opset)) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, 5, 6, 3);
            net.output("plain", tf.stridedSlice(x, ints(tf, 0, 1), ints(tf, 1, 4), ints(tf, 1, 2)));
            net.output(
                    "last",
                    tf.stridedSlice(
                            x,
                            ints(tf, 0, -1),
                            ints(tf, 0, 0),
                            ints(tf, 1, 1),
                            StridedSlice.shrinkAxisMask(2L),
                            StridedSlice.beginMask(1L),
                            StridedSlice.endMask(1L)));
            net.output(
                    "dots",
                    tf.stridedSlice(x, ints(tf, 0, 1), ints(tf, 0, 2), ints(tf, 1, 1), StridedSlice.ellipsisMask(1L)));
            net.output(
                    "added",
                    tf.stridedSlice(
                            x,
                            ints(tf, 0, 0, 2),
                            ints(tf, 0, 0, 4),
                            ints(tf, 1, 1, 1),
                            StridedSlice.newAxisMask(2L),
                            StridedSlice.beginMask(1L),
                            StridedSlice.endMask(1L)));
            net.output(
                    "backwards",
                    tf.stridedSlice(
                            x,
                            ints(tf, 0, 0),
                            ints(tf, 0, 0),
                            ints(tf, 1, -2),
                            StridedSlice.beginMask(3L),
                            StridedSlice.endMask(3L)));
            net.output("slice", tf.slice(x, ints(tf, 0, 1, 2, 0), ints(tf, -1, 3, 2, -1)));
            net.output("reversed", tf.reverse(x, ints(tf, 1, -1)));
            net.agrees(draw("x", 3, 5, 6, 3));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {13, 17, 18, 24})
    void partsReductionsAndOrdersAgree(long opset) {
        try (ExportCase net = new ExportCase().opset(opset)) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, 4, 6);
            var parts = tf.split(tf.constant(-1), x, 3L);
            net.output(
                    "joined",
                    tf.concat(List.of(parts.output().get(2), parts.output().get(0)), tf.constant(1)));
            net.output("stacked", tf.stack(List.of(x, x), org.tensorflow.op.core.Stack.axis(-1L)));
            net.output(
                    "unstacked",
                    tf.unstack(x, 4L, org.tensorflow.op.core.Unstack.axis(1L))
                            .output()
                            .get(3));
            net.output("sum", tf.sum(x, ints(tf, 1)));
            net.output("max", tf.max(x, ints(tf, -1)));
            net.output("mean", tf.math.mean(x, ints(tf, 0, 2)));
            net.output("product", tf.prod(x, ints(tf, 1, 2)));
            net.output("any", tf.reduceAny(tf.math.greater(x, tf.constant(1.5f)), ints(tf, 2)));
            net.output("all", tf.reduceAll(tf.math.greater(x, tf.constant(-1f)), ints(tf, 2)));
            net.output("loss", tf.nn.l2Loss(x));
            net.output("argmax", tf.math.argMax(x, tf.constant(1), TInt32.class));
            net.output("top", tf.nn.topK(x, tf.constant(2), TInt32.class).values());
            net.output("places", tf.nn.topK(x, tf.constant(2), TInt32.class).indices());
            net.output("cumulated", tf.math.cumsum(x, tf.constant(1)));
            net.output("turned", tf.linalg.transpose(x, ints(tf, 2, 0, 1)));
            net.output("tiled", tf.tile(x, ints(tf, 1, 2, 1)));
            net.output("padded", tf.pad(x, tf.constant(new int[][] {{0, 0}, {1, 2}, {0, 1}}), tf.constant(3f)));
            net.output("mirrored", tf.mirrorPad(x, tf.constant(new int[][] {{0, 0}, {1, 2}, {2, 1}}), "SYMMETRIC"));
            net.output("reflected", tf.mirrorPad(x, tf.constant(new int[][] {{0, 0}, {1, 2}, {2, 1}}), "REFLECT"));
            net.output("flat", tf.reshape(x, ints(tf, -1, 24)));
            net.output("rank", tf.rank(x));
            net.output("size", tf.size(x));
            net.output("shape", tf.shape(x));
            net.output("filled", tf.fill(tf.shape(x), tf.constant(2f)));
            net.agrees(draw("x", 2, 4, 6));
        }
    }

    @Test
    void elementsArePickedAndPut() {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TInt32> ids = net.input("ids", TInt32.class, -1);
            Operand<TFloat32> table = net.weight("embedding", 5, 3);
            net.output("rows", tf.gather(table, ids, tf.constant(0)));
            net.output("columns", tf.gather(table, tf.constant(new int[] {2, 0}), tf.constant(1)));
            net.output("hot", tf.oneHot(ids, tf.constant(4), tf.constant(2f), tf.constant(-1f)));
            net.output("first", tf.oneHot(ids, tf.constant(4), tf.constant(2f), tf.constant(-1f), OneHot.axis(0L)));
            net.output("points", tf.gatherNd(table, tf.constant(new int[][] {{1, 2}, {4, 0}})));
            net.output(
                    "scattered",
                    tf.scatterNd(
                            tf.constant(new int[][] {{1}, {3}, {1}}), tf.constant(new float[] {1, 2, 3}), ints(tf, 5)));
            net.output("where", tf.where(tf.math.greater(ids, tf.constant(1))));
            net.output("band", tf.linalg.bandPart(table, tf.constant(1), tf.constant(0)));
            net.agrees(integers("ids", 3, 0, 2));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {13, 17, 18, 24})
    void imagesAreResizedAsTensorFlowDoes(long opset) {
        try (ExportCase net = new ExportCase().opset(opset)) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, 5, 4, 8);
            for (boolean[] form : new boolean[][] {{false, false}, {true, false}, {false, true}}) {
                String name = form[0] ? "Corners" : form[1] ? "Half" : "";
                net.output(
                        "bilinear" + name,
                        tf.image.resizeBilinear(
                                x,
                                ints(tf, 7, 9),
                                ResizeBilinear.alignCorners(form[0]),
                                ResizeBilinear.halfPixelCenters(form[1])));
                net.output(
                        "nearest" + name,
                        tf.image.resizeNearestNeighbor(
                                x,
                                ints(tf, 10, 3),
                                ResizeNearestNeighbor.alignCorners(form[0]),
                                ResizeNearestNeighbor.halfPixelCenters(form[1])));
            }
            net.output("shuffled", tf.nn.depthToSpace(x, 2L));
            net.output("unshuffled", tf.nn.spaceToDepth(tf.nn.depthToSpace(x, 2L), 2L));
            net.agrees(draw("x", 2, 5, 4, 8));
        }
    }

    @Test
    void productsAgree() {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, 4, 6);
            net.output(
                    "batched",
                    tf.train.batchMatMul(x, x, TFloat32.class, org.tensorflow.op.train.BatchMatMul.adjY(true)));
            net.output("einsum", tf.linalg.einsum(List.of(x, net.weight("w", 6, 2, 3)), "abc,cde->abde"));
            net.output(
                    "turned",
                    tf.linalg.matMul(
                            tf.reshape(x, ints(tf, -1, 6)),
                            net.weight("v", 5, 6),
                            org.tensorflow.op.linalg.MatMul.transposeB(true)));
            net.agrees(draw("x", 2, 4, 6));
        }
    }
}
