package org.lsuv.tf.residual;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalDouble;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/** Reads numbers that a graph holds as constants. */
final class Scalars {
    private Scalars() {}

    /** Returns the number that a constant consists of; nothing where it is another, or of another type. */
    static OptionalDouble of(NodeDef node) {
        if (!node.getOp().equals("Const")) {
            return OptionalDouble.empty();
        }
        TensorProto tensor = node.getAttrOrThrow("value").getTensor();
        long values = tensor.getTensorShape().getDimList().stream()
                .mapToLong(dimension -> dimension.getSize())
                .reduce(1, Math::multiplyExact);
        if (values != 1) {
            return OptionalDouble.empty();
        }
        boolean raw = !tensor.getTensorContent().isEmpty();
        ByteBuffer bytes = tensor.getTensorContent().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        if (tensor.getDtype() == DataType.DT_FLOAT) {
            return OptionalDouble.of(
                    raw ? bytes.getFloat() : tensor.getFloatValCount() == 0 ? 0 : tensor.getFloatVal(0));
        }
        if (tensor.getDtype() == DataType.DT_DOUBLE) {
            return OptionalDouble.of(
                    raw ? bytes.getDouble() : tensor.getDoubleValCount() == 0 ? 0 : tensor.getDoubleVal(0));
        }
        return OptionalDouble.empty();
    }
}
