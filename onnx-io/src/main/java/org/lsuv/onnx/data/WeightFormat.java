package org.lsuv.onnx.data;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

/** Lists the file formats that hold many tensors by name. */
public enum WeightFormat {
    /** Safetensors, as {@code safetensors.torch.load_file} reads it. */
    SAFETENSORS(".safetensors"),
    /** NumPy's archive of arrays, as {@code numpy.load} reads it. */
    NPZ(".npz");

    private final String extension;

    WeightFormat(String extension) {
        this.extension = extension;
    }

    /** Returns the format that the name of a file asks for; empty if it asks for none of these. */
    public static Optional<WeightFormat> of(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(format -> name.endsWith(format.extension))
                .findFirst();
    }

    /** Returns the end of the names of such files, such as {@code .npz}. */
    public String extension() {
        return extension;
    }

    /**
     * Returns a tensor in a type that the format has: the same, or float32 where it is bfloat16, which NumPy
     * lacks. Empty where the format has no type for the values.
     */
    public Optional<OnnxTensor> storable(OnnxTensor tensor) {
        if (this == SAFETENSORS) {
            return SafetensorsWriter.has(tensor.type()) ? Optional.of(tensor) : Optional.empty();
        }
        return switch (tensor.type()) {
            case BFLOAT16 -> Optional.of(widened(tensor));
            case FLOAT, DOUBLE, FLOAT16, BOOL, INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64, UINT64 ->
                Optional.of(tensor);
            default -> Optional.empty();
        };
    }

    private static OnnxTensor widened(OnnxTensor tensor) {
        return OnnxTensor.reading(
                tensor.name(),
                OnnxType.FLOAT,
                tensor.shape(),
                () -> TensorConversion.convert(tensor, OnnxType.FLOAT).tensor().chunks());
    }
}
