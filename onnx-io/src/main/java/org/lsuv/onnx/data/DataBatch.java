package org.lsuv.onnx.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.UnsupportedModelException;

/**
 * Holds one tensor for each input of a model, in the types that the model declares.
 *
 * <p>Inputs are <em>batched</em> or <em>whole</em>. The batch axis is the first axis of the first
 * input of rank 1 or more whose first dimension is not fixed, or, where all are fixed, of the first
 * input of rank 1 or more. Another input is batched with it if its first dimension is the same symbol,
 * the same number, or not declared; scalars and all others are whole. Batched inputs have the same
 * number of rows. A fixed batch dimension does not limit that number: whoever runs the model decides
 * whether to relax the dimension or to run in pieces.
 */
public final class DataBatch {
    private final Map<String, OnnxTensor> tensors;
    private final Set<String> batched;
    private final boolean divisible;
    private final List<String> notes;
    private final List<String> warnings;

    DataBatch(
            Map<String, OnnxTensor> tensors,
            Set<String> batched,
            boolean divisible,
            List<String> notes,
            List<String> warnings) {
        this.tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        this.batched = Collections.unmodifiableSet(new LinkedHashSet<>(batched));
        this.divisible = divisible;
        this.notes = List.copyOf(notes);
        this.warnings = List.copyOf(warnings);
    }

    /**
     * Reads the files and gives every input its tensor.
     *
     * <p>A file with one unnamed array feeds the input that the argument names, or the only one; the
     * arrays of an archive feed the inputs of their names.
     *
     * @param inputs the inputs that a user feeds, {@code graph.inputs()}
     * @throws OnnxFormatException if a file is malformed, or the data does not fit the inputs
     * @throws UnsupportedModelException if an input is no tensor
     * @throws IOException if a file cannot be read
     */
    public static DataBatch bind(List<OnnxValue> inputs, List<DataArgument> arguments) throws IOException {
        List<DataSource> sources = new ArrayList<>();
        for (DataArgument argument : arguments) {
            String label = String.valueOf(argument.file().getFileName());
            sources.add(new DataSource(label, argument.input(), DataFile.read(argument.file())));
        }
        return new BatchBinder(inputs).bind(sources);
    }

    /** Gives every input its tensor from memory, by the rules and with the errors of {@link #bind}. */
    public static DataBatch of(List<OnnxValue> inputs, Map<String, OnnxTensor> tensors) {
        return new BatchBinder(inputs).bind(List.of(new DataSource("batch", "", tensors)));
    }

    /** Returns the number of rows; 1 where no input is batched. */
    public long size() {
        return batched.stream()
                .findFirst()
                .map(name -> Objects.requireNonNull(tensors.get(name)).shape()[0])
                .orElse(1L);
    }

    /** Returns the tensors by input name, in the order of the inputs. */
    public Map<String, OnnxTensor> tensors() {
        return tensors;
    }

    /** Returns the names of the inputs that have one entry for each row of the batch. */
    public Set<String> batched() {
        return batched;
    }

    /** Tells whether {@link #rows} can take the batch apart. */
    public boolean isDivisible() {
        return divisible;
    }

    /** Returns what was done to the data, one sentence each. */
    public List<String> notes() {
        return notes;
    }

    /** Returns what may spoil the result, one sentence each, with a next step. */
    public List<String> warnings() {
        return warnings;
    }

    /**
     * Returns rows {@code from} (inclusive) to {@code to} (exclusive) of the batched inputs, with the
     * whole ones as they are. The notes and warnings stay those of the whole batch.
     *
     * @throws UnsupportedModelException if an input has the batch dimension at another axis
     */
    public DataBatch rows(long from, long to) {
        if (from < 0 || to > size() || from >= to) {
            throw new IllegalArgumentException("rows " + from + " to " + to + " of a batch of " + size());
        }
        if (from == 0 && to == size()) {
            return this;
        }
        if (!divisible || batched.isEmpty()) {
            throw new UnsupportedModelException("the batch cannot be taken apart: the batch dimension is not the first"
                    + " of every input that has it; run the batch as one");
        }
        Map<String, OnnxTensor> part = new LinkedHashMap<>(tensors);
        part.replaceAll((name, tensor) -> batched.contains(name) ? tensor.rows(from, to) : tensor);
        return new DataBatch(part, batched, true, notes, warnings);
    }

    @Override
    public String toString() {
        return size() + " rows of " + tensors.values();
    }
}
