package org.lsuv.onnx.pytorch;

import java.util.List;
import org.lsuv.onnx.OnnxModel;

/**
 * Holds the weights of a model under the names that they have in PyTorch.
 *
 * @param naming whose names these are
 * @param parameters the tensors: first those that have kept their names, in the order of the file
 * @param lost the stored floating-point tensors that have no name
 * @param notes what a user should know, one sentence each
 */
public record StateDict(Naming naming, List<Parameter> parameters, List<Lost> lost, List<String> notes) {
    /** Lists whose names the tensors have. */
    public enum Naming {
        PYTORCH,
        ONNX
    }

    public StateDict {
        parameters = List.copyOf(parameters);
        lost = List.copyOf(lost);
        notes = List.copyOf(notes);
    }

    /**
     * Finds the names. Where the model does not come from PyTorch, all stored tensors keep what they have.
     *
     * @param before the model as it was exported
     * @param after the same model with the weights to give out
     */
    public static StateDict of(OnnxModel before, OnnxModel after) {
        return new NameRecovery(before.inlined(), after.inlined()).run();
    }
}
