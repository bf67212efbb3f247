package org.lsuv.tf.live;

import java.util.Collection;
import java.util.Map;
import org.lsuv.tf.TensorRef;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;

/** Takes the variables out of a graph. */
interface VariablePass {
    /**
     * Describes a variable.
     *
     * @param operation the operation that holds it, in the program's graph
     * @param placeholder what stands for its value in the copy
     * @param type the type of its values
     */
    record Variable(String operation, TensorRef placeholder, DataType type) {}

    /**
     * Holds a graph without variables.
     *
     * @param graph what the outputs need, with the names of operations that it had
     * @param variables the variables by name
     */
    record Flat(GraphDef graph, Map<String, Variable> variables) {}

    /**
     * Returns the part of a graph that some tensors need, with a placeholder for each variable.
     *
     * @throws org.lsuv.onnx.UnsupportedModelException if an operation uses a variable otherwise than by its value
     */
    Flat apply(GraphDef graph, Collection<TensorRef> outputs);
}
