package org.lsuv.tf.layers;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.LongStream;
import org.lsuv.tf.TensorRef;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Reads the few integers that say how a tensor is viewed or cut.
 *
 * @param graph the graph
 */
record SmallIntegers(GraphView graph) {
    private static final int MOST = 64;
    private static final int DEEPEST = 32;

    Optional<long[]> of(TensorRef tensor) {
        return of(tensor, 0);
    }

    private Optional<long[]> of(TensorRef tensor, int depth) {
        NodeDef node = graph.producer(tensor);
        if (depth > DEEPEST || tensor.index() != 0) {
            return Optional.empty();
        }
        return switch (node.getOp()) {
            case "Const" -> constant(node.getAttrOrThrow("value").getTensor());
            case "Identity", "Cast", "ExpandDims", "Squeeze", "Reshape" -> of(GraphView.input(node, 0), depth + 1);
            case "Pack" -> joined(node, 0, GraphView.inputs(node).size(), depth);
            case "ConcatV2" -> joined(node, 0, GraphView.inputs(node).size() - 1, depth);
            default -> Optional.empty();
        };
    }

    private Optional<long[]> joined(NodeDef node, int from, int to, int depth) {
        LongStream all = LongStream.empty();
        for (int i = from; i < to; i++) {
            Optional<long[]> piece = of(GraphView.input(node, i), depth + 1);
            if (piece.isEmpty()) {
                return Optional.empty();
            }
            all = LongStream.concat(all, Arrays.stream(piece.get()));
        }
        long[] values = all.limit(MOST + 1L).toArray();
        return values.length > MOST ? Optional.empty() : Optional.of(values);
    }

    /** Returns the values of a tensor of few integers. */
    static Optional<long[]> constant(TensorProto tensor) {
        long count = 1;
        for (TensorShapeProto.Dim dim : tensor.getTensorShape().getDimList()) {
            count = dim.getSize() < 0 || dim.getSize() > MOST ? MOST + 1L : Math.min(count * dim.getSize(), MOST + 1L);
        }
        boolean wide = tensor.getDtype() == DataType.DT_INT64;
        if (count > MOST || (!wide && tensor.getDtype() != DataType.DT_INT32)) {
            return Optional.empty();
        }
        long[] values = new long[(int) count];
        ByteBuffer bytes = tensor.getTensorContent().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        int given = wide ? tensor.getInt64ValCount() : tensor.getIntValCount();
        if (bytes.hasRemaining() && bytes.remaining() < count * (wide ? Long.BYTES : Integer.BYTES)) {
            return Optional.empty();
        }
        for (int i = 0; i < values.length; i++) {
            if (bytes.hasRemaining()) {
                values[i] = wide ? bytes.getLong() : bytes.getInt();
            } else if (given > 0) {
                // The last value that is given stands for all that follow.
                int place = Math.min(i, given - 1);
                values[i] = wide ? tensor.getInt64Val(place) : tensor.getIntVal(place);
            }
        }
        return Optional.of(values);
    }
}
