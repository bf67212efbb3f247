package org.lsuv.tf.onnxexport;

import java.util.List;
import java.util.Map;
import org.lsuv.tf.TensorRef;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;

/**
 * Describes an operation of a TensorFlow graph.
 *
 * @param name its name
 * @param op the operation's type, such as {@code Conv2D}
 * @param inputs the tensors that it reads
 * @param attributes its attributes, defaults included
 * @param types the element types of its outputs
 * @param shapes what is known of the shapes of its outputs
 */
record TfNode(
        String name,
        String op,
        List<TensorRef> inputs,
        Map<String, AttrValue> attributes,
        List<DataType> types,
        List<Shape> shapes) {

    TfNode {
        inputs = List.copyOf(inputs);
        attributes = Map.copyOf(attributes);
        types = List.copyOf(types);
        shapes = List.copyOf(shapes);
    }

    /** Returns one of its outputs. */
    TensorRef output(int index) {
        return new TensorRef(name, index);
    }

    /** Returns an integer attribute, 0 where there is none. */
    long integer(String attribute) {
        AttrValue value = attributes.get(attribute);
        return value == null ? 0 : value.getI();
    }

    /** Tells whether an attribute is there and true. */
    boolean flag(String attribute) {
        AttrValue value = attributes.get(attribute);
        return value != null && value.getB();
    }
}
