package org.lsuv.onnx.runtime;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.lsuv.onnx.ModelExtension;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.data.DataBatch;

/**
 * Holds a batch in pieces that a model takes as it is declared.
 *
 * @param pieces the batch, in one piece or several, one tensor an input
 * @param notes what a user should know of it
 */
public record BatchPieces(List<Map<String, OnnxTensor>> pieces, List<String> notes) {
    public BatchPieces {
        pieces = List.copyOf(pieces);
        notes = List.copyOf(notes);
    }

    /**
     * Takes a batch apart. A model that fixes its batch dimension gets pieces of that size, and rows that
     * fill none are left out; any other gets pieces of the wanted size.
     *
     * @param label the name by which errors call the model
     * @param inputs what the model takes
     * @param rowsAtATime the wanted rows of one piece; the whole batch where empty
     * @throws OnnxFormatException if the batch has fewer rows than the model takes at a time
     */
    public static BatchPieces of(String label, List<OnnxValue> inputs, DataBatch batch, OptionalLong rowsAtATime) {
        long rows = batch.size();
        long fixed = inputs.stream()
                .filter(input -> batch.batched().contains(input.name()))
                .flatMap(input -> input.shape().stream())
                .filter(shape -> shape.rank() > 0)
                .mapToLong(shape -> shape.size(0))
                .max()
                .orElse(-1);
        if (fixed <= 0 || fixed == rows) {
            return new BatchPieces(cut(batch, rows, fixed == rows ? rows : rowsAtATime.orElse(rows)), List.of());
        }
        if (rows < fixed) {
            throw new OnnxFormatException(label + ": takes exactly " + fixed + " rows at a time, and the batch"
                    + " has " + rows + "; give it more");
        }
        long left = rows % fixed;
        String leftOut = left == 0 ? "" : ", and the last " + (left == 1 ? "row is" : left + " rows are") + " left out";
        return new BatchPieces(
                cut(batch, rows - left, fixed),
                List.of("the model takes exactly " + fixed + (fixed == 1 ? " row" : " rows")
                        + " at a time: the batch is run in pieces" + leftOut));
    }

    /**
     * Returns the model with a batch dimension that is fixed left open, if the pieces ask for it: ONNX
     * Runtime refuses any other number of rows than the declared one, even where the graph could do it.
     */
    public static OnnxModel opened(OnnxModel model, List<Map<String, OnnxTensor>> pieces) {
        Set<String> other = new HashSet<>();
        for (OnnxValue input : model.graph().inputs()) {
            long declared = input.shape()
                    .filter(shape -> shape.rank() > 0)
                    .map(shape -> shape.size(0))
                    .orElse(-1L);
            boolean differs = declared >= 0
                    && pieces.stream()
                            .map(piece -> piece.get(input.name()))
                            .anyMatch(tensor -> tensor != null && tensor.rank() > 0 && tensor.shape()[0] != declared);
            if (differs) {
                other.add(input.name());
            }
        }
        if (other.isEmpty()) {
            return model;
        }
        ModelExtension copy = ModelExtension.of(model);
        copy.openFirstAxis(other);
        return copy.whole();
    }

    private static List<Map<String, OnnxTensor>> cut(DataBatch batch, long rows, long piece) {
        if (piece < 1) {
            throw new IllegalArgumentException("rows at a time: expected at least 1, got " + piece);
        }
        List<Map<String, OnnxTensor>> pieces = new ArrayList<>();
        for (long from = 0; from < rows; from += piece) {
            pieces.add(batch.rows(from, Math.min(from + piece, rows)).tensors());
        }
        return pieces;
    }
}
