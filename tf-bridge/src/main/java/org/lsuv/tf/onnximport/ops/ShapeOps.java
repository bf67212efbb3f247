package org.lsuv.tf.onnximport.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.lsuv.tf.onnximport.Composite;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint16;
import org.tensorflow.types.family.TType;

/** Converts changes of shape, and questions for it. */
final class ShapeOps {
    private ShapeOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.one("Identity", 1, ShapeOps::identity);
        ops.one("Reshape", 1, ReshapeConverter::reshape1);
        ops.one("Reshape", 5, ReshapeConverter::reshape5);
        ops.one("Flatten", 1, ShapeOps::flatten);
        ops.one("Transpose", 1, ShapeOps::transpose);
        ops.one("Squeeze", 1, SqueezeConverter::squeeze1);
        ops.one("Squeeze", 13, SqueezeConverter::squeeze13);
        ops.one("Unsqueeze", 1, SqueezeConverter::unsqueeze1);
        ops.one("Unsqueeze", 13, SqueezeConverter::unsqueeze13);
        ops.one("Concat", 1, ShapeOps::concat1);
        ops.one("Concat", 4, ShapeOps::concat4);
        ops.many("Split", 1, SplitConverter::split1);
        ops.many("Split", 13, SplitConverter::split13);
        ops.many("Split", 18, SplitConverter::split18);
        ops.one("Expand", 8, ExpandConverter::expand);
        ops.one("Tile", 1, ShapeOps::tile1);
        ops.one("Tile", 6, ShapeOps::tile);
        ops.one("Pad", 1, PadConverter::pad1);
        ops.one("Pad", 2, PadConverter::pad2);
        ops.one("Pad", 11, PadConverter::pad11);
        ops.one("Shape", 1, ShapeOps::shape);
        ops.one("Size", 1, ShapeOps::size);
        ops.one("Cast", 1, CastConverter::cast1);
        ops.one("Cast", 6, CastConverter::cast);
        ops.one("CastLike", 15, CastConverter::castLike);
        ops.one("BitCast", 26, BitCastConverter::bitCast);
    }

    private static Operand<?> identity(NodeContext node) {
        Operand<?> value = node.input(0);
        return value instanceof Composite ? value : node.tf().identity(value);
    }

    private static Operand<?> flatten(NodeContext node) {
        Ops tf = node.tf();
        Operand<TType> x = node.input(0);
        int rank = node.rank(0);
        // Flattening at the rank itself makes a column, which no position of an axis stands for.
        long axis = node.attributes().intOr("axis", 1);
        int split = axis == rank ? rank : Axes.position(node, axis, rank);
        long left = Dims.product(x.shape(), 0, split);
        long right = Dims.product(x.shape(), split, rank);
        // TensorFlow infers one size, but not next to a size of 0.
        if ((left >= 0 && right >= 0) || left > 0 || right > 0) {
            return tf.reshape(x, tf.constant(new long[] {left, right}));
        }
        return tf.reshape(x, Dims.list(tf, List.of(Dims.product(tf, x, 0, split), Dims.product(tf, x, split, rank))));
    }

    private static Operand<?> transpose(NodeContext node) {
        Operand<TType> x = node.input(0);
        int rank = node.rank(0);
        long[] reversed = IntStream.range(0, rank).mapToLong(i -> rank - 1 - i).toArray();
        long[] permutation = node.attributes().ints("perm").orElse(reversed);
        long[] sorted = LongStream.of(permutation).sorted().toArray();
        if (!Arrays.equals(sorted, LongStream.range(0, rank).toArray())) {
            throw node.malformedAttribute(
                    "perm", "expected a permutation of 0 to " + (rank - 1) + ", got " + Arrays.toString(permutation));
        }
        return node.tf().linalg.transpose(x, node.tf().constant(permutation));
    }

    private static Operand<?> concat1(NodeContext node) {
        return concat(node, node.attributes().intOr("axis", 1));
    }

    private static Operand<?> concat4(NodeContext node) {
        return concat(node, node.attributes().requireInt("axis"));
    }

    private static Operand<?> concat(NodeContext node, long axis) {
        List<Operand<TType>> parts = new ArrayList<>();
        for (int i = 0; i < node.inputCount(); i++) {
            parts.add(node.input(i));
        }
        if (parts.isEmpty()) {
            throw node.malformed("input 0 is missing");
        }
        int position = Axes.position(node, axis, node.rank(0));
        return parts.size() == 1
                ? node.tf().identity(parts.get(0))
                : node.tf().concat(parts, node.tf().constant(position));
    }

    /** Repeats along one axis; both numbers come in the type of the data. */
    private static Operand<?> tile1(NodeContext node) {
        Ops tf = node.tf();
        Operand<TInt64> axis = tf.reshape(tf.dtypes.cast(node.input(2), TInt64.class), tf.constant(new long[0]));
        Operand<TInt64> tiles = tf.reshape(tf.dtypes.cast(node.input(1), TInt64.class), tf.constant(new long[0]));
        return tile(node, tf.oneHot(axis, tf.constant(node.rank(0)), tiles, tf.constant(1L)));
    }

    private static Operand<?> tile(NodeContext node) {
        return tile(node, node.input(1));
    }

    private static Operand<?> tile(NodeContext node, Operand<TInt64> repeats) {
        Ops tf = node.tf();
        Operand<TType> x = node.input(0);
        // TensorFlow tiles every type but this one.
        return x.type().equals(TUint16.class)
                ? tf.dtypes.cast(tf.tile(tf.dtypes.cast(x, TInt32.class), repeats), TUint16.class)
                : tf.tile(x, repeats);
    }

    private static Operand<?> shape(NodeContext node) {
        Operand<TInt64> sizes = node.tf().shape(node.input(0), TInt64.class);
        if (!node.attributes().has("start") && !node.attributes().has("end")) {
            return sizes;
        }
        Ops tf = node.tf();
        // Bounds outside the rank are cut to it, which strided slices do, too.
        return tf.stridedSlice(
                sizes,
                tf.constant(new long[] {node.attributes().intOr("start", 0)}),
                tf.constant(new long[] {node.attributes().intOr("end", Integer.MAX_VALUE)}),
                tf.constant(new long[] {1}));
    }

    private static Operand<?> size(NodeContext node) {
        Shape shape = node.shape(0);
        return shape.hasUnknownDimension()
                ? node.tf().size(node.input(0), TInt64.class)
                : node.tf().constant(shape.size());
    }
}
