package org.lsuv.tf.onnxexport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lsuv.tf.onnxexport.ExportCase.draw;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.UnsupportedModelException;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.MaxPoolWithArgmax;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/** What windows see, and where. */
class PatchExportTest {
    @ParameterizedTest
    @CsvSource({"VALID,1", "SAME,1", "VALID,2", "SAME,2"})
    void patchesHaveTheirPixelsInOrder(String padding, long rate) {
        try (ExportCase net = new ExportCase().opset(13)) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, 7, 6, 3);
            net.output(
                    "y",
                    tf.image.extractImagePatches(
                            x, List.of(1L, 3L, 2L, 1L), List.of(1L, 2L, 1L, 1L), List.of(1L, rate, rate, 1L), padding));
            net.agrees(draw("x", 2, 7, 6, 3));
        }
    }

    @Test
    void patchesOfIntegersAreUnsupported() {
        try (ExportCase net = new ExportCase()) {
            net.output(
                    "y",
                    net.tf()
                            .image
                            .extractImagePatches(
                                    net.input("x", TInt32.class, -1, 4, 4, 1),
                                    List.of(1L, 2L, 2L, 1L),
                                    List.of(1L, 1L, 1L, 1L),
                                    List.of(1L, 1L, 1L, 1L),
                                    "VALID"));
            assertThatThrownBy(net::export)
                    .isInstanceOf(UnsupportedModelException.class)
                    .hasMessageContaining("expected float32");
        }
    }

    @ParameterizedTest
    @CsvSource({"VALID,false", "SAME,false", "VALID,true", "SAME,true"})
    void placesOfTheGreatestAreCountedWithChannelsLast(String padding, boolean batch) {
        try (ExportCase net = new ExportCase().opset(13)) {
            Operand<TFloat32> x = net.input("x", -1, 7, -1, 3);
            var pool = net.tf()
                    .nn
                    .maxPoolWithArgmax(
                            x,
                            List.of(1L, 3L, 2L, 1L),
                            List.of(1L, 2L, 2L, 1L),
                            TInt64.class,
                            padding,
                            MaxPoolWithArgmax.includeBatchInIndex(batch));
            net.output("most", pool.output());
            net.output("places", pool.argmax());
            net.agrees(draw("x", 2, 7, 6, 3));
        }
    }

    @ParameterizedTest
    @CsvSource({"1,false,false", "1,true,true", "3,false,true", "3,true,false"})
    void bestBoxesOfAllClassesAgree(long boxes, boolean perClass, boolean clips) {
        try (ExportCase net = new ExportCase().opset(13)) {
            Ops tf = net.tf();
            Operand<TFloat32> corners = net.input("corners", -1, -1, boxes, 2);
            Operand<TFloat32> sizes = net.input("sizes", -1, -1, boxes, 2);
            var found = net.operation(
                            "CombinedNonMaxSuppression",
                            tf.concat(List.of(corners, tf.math.add(corners, sizes)), tf.constant(-1)),
                            net.input("scores", -1, -1, 3),
                            tf.constant(4),
                            tf.constant(15),
                            tf.constant(0.3f),
                            tf.constant(0.1f))
                    .setAttr("pad_per_class", perClass)
                    .setAttr("clip_boxes", clips)
                    .build();
            net.output("boxes", found.output(0));
            net.output("best", found.output(1));
            net.output("classes", found.output(2));
            net.output("count", found.output(3));
            net.agrees(
                    draw("corners", 2, 9, boxes, 2),
                    ExportCase.positive("sizes", 2, 9, boxes, 2),
                    draw("scores", 2, 9, 3));
        }
    }

    @Test
    void listsOfEqualPartsAreTensors() {
        try (ExportCase net = new ExportCase().opset(13)) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", 6, -1);
            Operand<TInt32> any = tf.constant(new int[] {-1, -1});
            Operand<TInt64> lengths = tf.constant(new long[] {2, 2, 2});
            var list = tf.tensorListSplit(x, any, lengths);
            net.output("item", tf.tensorListGetItem(list, tf.constant(1), any, TFloat32.class));
            var joined = tf.tensorListConcat(list, any, tf.constant(new long[0]), TFloat32.class);
            net.output("joined", joined.tensor());
            net.output("lengths", joined.lengths());
            assertThat(ExportCase.count(net.agrees(draw("x", 6, 4)), "Reshape")).isEqualTo(2);
        }
    }

    @Test
    void listsOfUnequalPartsAreUnsupported() {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TInt32> any = tf.constant(new int[] {-1, -1});
            var list = tf.tensorListSplit(net.input("x", 6, -1), any, tf.constant(new long[] {2, 4}));
            net.output("item", tf.tensorListGetItem(list, tf.constant(1), any, TFloat32.class));
            assertThatThrownBy(net::export)
                    .isInstanceOf(UnsupportedModelException.class)
                    .hasMessageContaining("elements of different lengths are not supported");
        }
    }
}
