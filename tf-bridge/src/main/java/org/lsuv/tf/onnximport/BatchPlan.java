package org.lsuv.tf.onnximport;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.tf.GraphRewrite;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.WeightedLayer;
import org.tensorflow.ndarray.Shape;

/**
 * Says for which input shapes a model is imported, and in which pieces a batch is run.
 *
 * @param importOptions the shapes to import for
 * @param pieces the batch, in one piece or several, one tensor an input
 * @param notes what a user should know of it
 */
public record BatchPlan(ImportOptions importOptions, List<Map<String, OnnxTensor>> pieces, List<String> notes) {

    public BatchPlan {
        pieces = List.copyOf(pieces);
        notes = List.copyOf(notes);
    }

    /**
     * Plans how to run a batch. A batch dimension that the model fixes at another size is relaxed where
     * every weighted layer and output then grows with it and nothing else changes; otherwise the batch is
     * run in pieces of the fixed size.
     *
     * @param rowsAtATime the rows of one piece; the whole batch where empty
     * @throws OnnxFormatException if the batch has fewer rows than a model needs at a time
     */
    public static BatchPlan of(OnnxModel model, DataBatch batch, OptionalLong rowsAtATime) {
        long rows = batch.size();
        long fixed = fixedRows(model, batch.batched());
        List<String> notes = new ArrayList<>();
        long piece = rowsAtATime.orElse(rows);
        if (piece < 1) {
            throw new IllegalArgumentException("rows at a time: expected at least 1, got " + piece);
        }
        if (fixed > 0 && fixed != piece) {
            long wanted = Math.min(piece, rows);
            if (isSound(model, batch, fixed, wanted)) {
                notes.add("the model fixes its batch dimension at " + fixed + "; it was relaxed to " + wanted);
                piece = wanted;
            } else {
                notes.add("the model needs exactly " + fixed + " rows at a time: the batch is run in pieces");
                piece = fixed;
                if (rows < fixed) {
                    throw new OnnxFormatException("the batch has " + rows + " rows, but the model needs exactly "
                                    + fixed + " at a time; give it that many")
                            .in(model.label());
                }
                if (rows % fixed != 0) {
                    notes.add("the last " + rows % fixed + " rows are left out, as they fill no piece");
                    rows -= rows % fixed;
                }
            }
        }
        return pieces(batch, rows, Math.min(piece, rows), notes);
    }

    private static BatchPlan pieces(DataBatch batch, long rows, long piece, List<String> notes) {
        List<Map<String, OnnxTensor>> pieces = new ArrayList<>();
        for (long from = 0; from < rows; from += piece) {
            long to = Math.min(from + piece, rows);
            pieces.add(
                    from == 0 && to == batch.size()
                            ? batch.tensors()
                            : batch.rows(from, to).tensors());
        }
        boolean even = rows % piece == 0;
        return new BatchPlan(shapes(batch, even ? piece : -1), pieces, notes);
    }

    private static ImportOptions shapes(DataBatch batch, long rows) {
        Map<String, long[]> shapes = new HashMap<>();
        batch.tensors().forEach((name, tensor) -> {
            long[] shape = tensor.shape();
            if (batch.batched().contains(name) && shape.length > 0) {
                shape[0] = rows;
            }
            shapes.put(name, shape);
        });
        return new ImportOptions(shapes);
    }

    /** Returns the size at which the model fixes its batch dimension; −1 where it leaves it open. */
    private static long fixedRows(OnnxModel model, Set<String> batched) {
        return model.graph().inputs().stream()
                .filter(input -> batched.contains(input.name()))
                .flatMap(input -> input.shape().stream())
                .filter(shape -> shape.rank() > 0)
                .mapToLong(shape -> shape.size(0))
                .max()
                .orElse(-1);
    }

    private static boolean isSound(OnnxModel model, DataBatch batch, long fixed, long wanted) {
        try {
            List<Shape> before = shapes(OnnxImporter.load(model, shapes(batch, fixed)));
            List<Shape> after = shapes(OnnxImporter.load(model, shapes(batch, wanted)));
            for (int i = 0; i < before.size(); i++) {
                if (!grows(before.get(i), fixed, after.get(i), wanted)) {
                    return false;
                }
            }
            return true;
        } catch (UnsupportedModelException doesNotFit) {
            // Where a shape in the file assumes the fixed size, TensorFlow refuses another one.
            return false;
        }
    }

    private static List<Shape> shapes(TfModel model) {
        List<TensorRef> tensors = new ArrayList<>(model.outputs().values());
        model.layers().stream().map(WeightedLayer::blob).forEach(tensors::add);
        try (GraphRewrite graph = new GraphRewrite(model.graph())) {
            return tensors.stream().map(tensor -> graph.operand(tensor).shape()).toList();
        }
    }

    private static boolean grows(Shape before, long fixed, Shape after, long wanted) {
        if (before.isUnknown() || after.isUnknown() || before.numDimensions() != after.numDimensions()) {
            return false;
        }
        if (before.numDimensions() == 0 || before.get(0) < 0 || before.get(0) * wanted != after.get(0) * fixed) {
            return false;
        }
        for (int axis = 1; axis < before.numDimensions(); axis++) {
            if (before.get(axis) < 0 || before.get(axis) != after.get(axis)) {
                return false;
            }
        }
        return true;
    }
}
