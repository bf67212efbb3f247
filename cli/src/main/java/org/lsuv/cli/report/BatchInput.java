package org.lsuv.cli.report;

import java.util.Arrays;
import java.util.List;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.data.TensorStatistics;

/**
 * Describes what one input was fed.
 *
 * @param name the input
 * @param shape of the whole batch
 * @param type of its elements
 * @param statistics of its values; those of no values where they are no numbers
 */
public record BatchInput(String name, List<Long> shape, String type, TensorStatistics statistics) {
    public BatchInput {
        shape = List.copyOf(shape);
    }

    /** Describes a tensor. */
    public static BatchInput of(String name, OnnxTensor tensor) {
        boolean numbers = tensor.type().isFloating() || tensor.type().isInteger();
        return new BatchInput(
                name,
                Arrays.stream(tensor.shape()).boxed().toList(),
                tensor.type().label(),
                numbers ? TensorStatistics.of(tensor) : TensorStatistics.EMPTY);
    }
}
