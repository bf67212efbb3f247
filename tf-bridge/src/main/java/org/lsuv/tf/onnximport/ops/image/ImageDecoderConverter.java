package org.lsuv.tf.onnximport.ops.image;

import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.NdArray;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.core.SwitchCond;
import org.tensorflow.op.image.DecodeBmp;
import org.tensorflow.op.image.DecodeJpeg;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/**
 * Converts ImageDecoder for the formats that TensorFlow reads: JPEG, PNG, GIF and BMP. The stream is
 * known only when the graph runs; one of another format ends the run with TensorFlow's reason.
 */
final class ImageDecoderConverter {
    private ImageDecoderConverter() {}

    static Operand<TUint8> imageDecoder(NodeContext node) {
        Ops tf = node.tf();
        if (node.rank(0) != 1 || !ElementTypes.is(node.input(0), TUint8.class)) {
            throw node.malformed("expected a list of bytes, got shape " + node.shape(0));
        }
        Operand<TUint8> image = decoded(tf, node.input(0));
        String format = node.attributes().stringOr("pixel_format", "RGB");
        return switch (format) {
            case "RGB" -> image;
            case "BGR" -> tf.reverse(image, tf.constant(new int[] {2}));
            case "Grayscale" -> grey(tf, image);
            default -> throw node.malformedAttribute("pixel_format", "expected RGB, BGR or Grayscale, got " + format);
        };
    }

    private static Operand<TUint8> decoded(Ops tf, Operand<TUint8> bytes) {
        Operand<TInt32> codes = tf.dtypes.cast(bytes, TInt32.class);
        Operand<TString> stream =
                tf.strings.reduceJoin(tf.gather(singleBytes(tf), codes, tf.constant(0)), tf.constant(new int[] {0}));
        // What decodes a BMP refuses the others, and the reverse: only one of the two may run.
        Operand<TBool> bitmap =
                tf.strings.regexFullMatch(tf.strings.substr(stream, tf.constant(0), tf.constant(2)), tf.constant("BM"));
        SwitchCond<TString> either = tf.switchCond(stream, bitmap);
        Operand<TUint8> photo = tf.image.decodeJpeg(
                either.outputFalse(), DecodeJpeg.channels(3L), DecodeJpeg.dctMethod("INTEGER_ACCURATE"));
        Operand<TUint8> image =
                tf.merge(List.of(photo, colours(tf, either.outputTrue()))).output();
        return tf.ensureShape(image, Shape.of(-1, -1, 3));
    }

    private static Operand<TUint8> colours(Ops tf, Operand<TString> bitmap) {
        Operand<TUint8> image = tf.image.decodeBmp(bitmap, DecodeBmp.channels(0L));
        Operand<TInt32> last = tf.math.sub(tf.gather(tf.shape(image), tf.constant(2), tf.constant(0)), tf.constant(1));
        // A grey image has one channel, which stands for all; a fourth one would be opacity.
        return tf.gather(image, tf.math.minimum(tf.constant(new int[] {0, 1, 2}), last), tf.constant(2));
    }

    private static Operand<TString> singleBytes(Ops tf) {
        NdArray<byte[]> table = NdArrays.ofObjects(byte[].class, Shape.of(256));
        for (int code = 0; code < 256; code++) {
            table.setObject(new byte[] {(byte) code}, code);
        }
        try (TString strings = TString.tensorOfBytes(table)) {
            return tf.constantOf(strings);
        }
    }

    /** Weighs the colours as ITU-R 601 does, in sixteenths of a bit as usual decoders round. */
    private static Operand<TUint8> grey(Ops tf, Operand<TUint8> image) {
        Operand<TInt32> weights = tf.constant(new int[] {19595, 38470, 7471});
        Operand<TInt32> sum = tf.reduceSum(
                tf.math.mul(tf.dtypes.cast(image, TInt32.class), weights), tf.constant(2), ReduceSum.keepDims(true));
        Operand<TInt32> rounded = tf.bitwise.rightShift(tf.math.add(sum, tf.constant(1 << 15)), tf.constant(16));
        return tf.dtypes.cast(rounded, TUint8.class);
    }
}
