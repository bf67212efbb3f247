package org.lsuv.onnx.pytorch;

import java.util.List;
import org.lsuv.onnx.OnnxTensor;

/**
 * Holds a tensor as PyTorch has it.
 *
 * @param tensor the name, the shape and the values, which are rearranged only when they are read
 * @param sources the names of the stored tensors of the model that it was made from
 * @param recovery how it got its name
 */
public record Parameter(OnnxTensor tensor, List<String> sources, Recovery recovery) {
    public Parameter {
        sources = List.copyOf(sources);
    }

    /** Returns the name. */
    public String name() {
        return tensor.name();
    }
}
