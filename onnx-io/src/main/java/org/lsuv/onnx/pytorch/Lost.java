package org.lsuv.onnx.pytorch;

import java.util.List;

/**
 * Describes a stored tensor for which there is no name.
 *
 * @param source its name in the model
 * @param shape its shape in the model
 * @param reason why, as the rest of a sentence that begins with the name
 */
public record Lost(String source, List<Long> shape, String reason) {
    public Lost {
        shape = List.copyOf(shape);
    }
}
