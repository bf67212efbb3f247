package org.lsuv.tf.onnxexport;

/** Converts one operation of TensorFlow into ONNX nodes. */
@FunctionalInterface
public interface TfOpConverter {

    /** Writes the nodes of an operation, and says which values are its outputs. */
    void convert(NodeExport node);
}
