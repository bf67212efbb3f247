package org.lsuv.onnx.data;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.UnsupportedModelException;

/** Gives arrays to the inputs of a model; the rules are in {@link DataBatch}. */
final class BatchBinder {
    private record Given(String label, OnnxTensor tensor) {}

    private final Map<String, OnnxValue> inputs = new LinkedHashMap<>();
    private final Map<String, Given> given = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    BatchBinder(List<OnnxValue> inputs) {
        for (OnnxValue input : inputs) {
            if (input.kind() != OnnxValue.Kind.TENSOR) {
                throw new UnsupportedModelException(
                        "input \"" + input + "\": only plain tensors can be fed from files");
            }
            this.inputs.put(input.name(), input);
        }
    }

    DataBatch bind(List<DataSource> sources) {
        for (DataSource source : sources) {
            try {
                assign(source);
            } catch (OnnxFormatException problem) {
                throw problem.in(source.label());
            }
        }
        List<String> missing = inputs.keySet().stream()
                .filter(name -> !given.containsKey(name))
                .map(name -> "\"" + name + "\"")
                .toList();
        if (!missing.isEmpty()) {
            throw new OnnxFormatException("no data for " + (missing.size() == 1 ? "input " : "inputs ")
                    + String.join(", ", missing) + "; " + theModelHas() + ": give each with --data NAME=FILE");
        }
        BatchAxis axis = BatchAxis.of(List.copyOf(inputs.values()));
        Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
        inputs.forEach((name, input) -> tensors.put(name, fitted(input, axis)));
        Set<String> batched = batched(axis, tensors);
        boolean divisible = checkRows(axis, tensors, batched);
        tensors.forEach(
                (name, tensor) -> warnings.addAll(BatchWarnings.of(Objects.requireNonNull(inputs.get(name)), tensor)));
        DataBatch batch = new DataBatch(tensors, batched, divisible, notes, List.of());
        if (!batched.isEmpty()) {
            BatchWarnings.ofRows(batch.size()).ifPresent(warnings::add);
        }
        return new DataBatch(tensors, batched, divisible, notes, warnings);
    }

    private void assign(DataSource source) {
        Map<String, OnnxTensor> arrays = source.arrays();
        boolean single = arrays.size() == 1;
        String array = arrays.keySet().stream().findFirst().orElse("");
        if (!source.input().isEmpty()) {
            if (!single) {
                throw new OnnxFormatException(
                        "holds " + arrays.size() + " arrays (" + String.join(", ", arrays.keySet())
                                + ") where one was expected for input \"" + source.input()
                                + "\"; give --data FILE to feed inputs by their names");
            }
            give(source, array, source.input());
        } else if (single && inputs.size() == 1) {
            String input = inputs.keySet().iterator().next();
            if (!array.isEmpty() && !array.equals(input)) {
                notes.add("input \"" + input + "\": fed from \"" + array + "\", the only array in " + source.label());
            }
            give(source, array, input);
        } else if (arrays.containsKey("")) {
            OnnxTensor tensor = Objects.requireNonNull(arrays.get(""));
            if (!inputs.containsKey(tensor.name())) {
                throw new OnnxFormatException("holds one array without a name; " + theModelHas()
                        + ": say which it is for with --data NAME=FILE");
            }
            give(source, "", tensor.name());
        } else {
            arrays.keySet().forEach(name -> give(source, name, name));
        }
    }

    private void give(DataSource source, String array, String input) {
        if (!inputs.containsKey(input)) {
            throw new OnnxFormatException("no input is named \"" + input + "\"; " + theModelHas());
        }
        Given before = given.get(input);
        if (before != null) {
            throw new OnnxFormatException(
                    "input \"" + input + "\" is given twice; the first time by " + before.label());
        }
        given.put(
                input,
                new Given(
                        source.label(),
                        Objects.requireNonNull(source.arrays().get(array)).withName(input)));
    }

    private String theModelHas() {
        return switch (inputs.size()) {
            case 0 -> "the model has no inputs";
            case 1 -> "the model has one input, " + list();
            default -> "the model has the inputs " + list();
        };
    }

    private String list() {
        return inputs.values().stream()
                .map(input -> "\"" + input.name() + "\" " + ShapeFit.expected(input))
                .collect(Collectors.joining(", "));
    }

    private OnnxTensor fitted(OnnxValue input, BatchAxis axis) {
        Given data = Objects.requireNonNull(given.get(input.name()));
        String where = data.label() + ": input \"" + input.name() + "\": ";
        Optional<String> misfit = ShapeFit.misfit(input, axis.isBatched(input), data.tensor());
        if (misfit.isPresent()) {
            throw new OnnxFormatException(where + misfit.get());
        }
        try {
            TensorConversion.Result result = TensorConversion.convert(data.tensor(), input.type());
            result.note().ifPresent(note -> notes.add("input \"" + input.name() + "\": " + note));
            return result.tensor();
        } catch (OnnxFormatException problem) {
            throw new OnnxFormatException(where + problem.getMessage(), problem);
        } catch (UnsupportedModelException problem) {
            throw new UnsupportedModelException(where + problem.getMessage(), problem);
        }
    }

    private Set<String> batched(BatchAxis axis, Map<String, OnnxTensor> tensors) {
        Set<String> result = new LinkedHashSet<>();
        inputs.forEach((name, input) -> {
            int rank = Objects.requireNonNull(tensors.get(name)).rank();
            if (rank > 0 && axis.isBatched(input)) {
                result.add(name);
            } else if (rank > 0) {
                notes.add("input \"" + name + "\": passed whole, its first axis is not the batch axis");
            }
        });
        return result;
    }

    /** Checks that all agree in the number of rows, and tells whether rows are first axes only. */
    private boolean checkRows(BatchAxis axis, Map<String, OnnxTensor> tensors, Set<String> batched) {
        String first = batched.stream().findFirst().orElse("");
        boolean divisible = true;
        for (OnnxValue input : inputs.values()) {
            OnnxTensor tensor = Objects.requireNonNull(tensors.get(input.name()));
            for (int i : axis.axes(input, tensor.rank())) {
                long rows = Objects.requireNonNull(tensors.get(first)).shape()[0];
                long found = tensor.shape()[i];
                if (rows == 0) {
                    throw new OnnxFormatException(label(first) + ": input \"" + first + "\": holds no rows");
                }
                if (found != rows) {
                    throw new OnnxFormatException(label(input.name()) + ": input \"" + input.name() + "\": holds "
                            + OnnxShape.text(tensor.shape()) + " with " + found + " rows, and input \"" + first
                            + "\" has " + rows + "; all inputs of a batch have as many rows");
                }
                divisible &= i == 0;
            }
        }
        return divisible;
    }

    private String label(String input) {
        return Objects.requireNonNull(given.get(input)).label();
    }
}
