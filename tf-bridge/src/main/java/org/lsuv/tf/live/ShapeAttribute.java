package org.lsuv.tf.live;

import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.TensorShapeProto;

/** Writes shapes as attributes of operations. */
final class ShapeAttribute {
    private ShapeAttribute() {}

    static AttrValue of(Shape shape) {
        TensorShapeProto.Builder written = TensorShapeProto.newBuilder().setUnknownRank(shape.isUnknown());
        for (int i = 0; !shape.isUnknown() && i < shape.numDimensions(); i++) {
            written.addDim(TensorShapeProto.Dim.newBuilder().setSize(shape.get(i)));
        }
        return AttrValue.newBuilder().setShape(written).build();
    }
}
