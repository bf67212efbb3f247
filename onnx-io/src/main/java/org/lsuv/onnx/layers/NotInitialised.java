package org.lsuv.onnx.layers;

import java.util.List;

/**
 * Describes a stored tensor that looks like a weight, but that no layer takes its weight or bias from.
 *
 * @param name the name of the tensor
 * @param shape its shape
 * @param reason why it is left alone, as part of a sentence
 */
public record NotInitialised(String name, List<Long> shape, String reason) {
    public NotInitialised {
        shape = List.copyOf(shape);
    }
}
