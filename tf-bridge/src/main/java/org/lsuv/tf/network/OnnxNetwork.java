package org.lsuv.tf.network;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.OnnxWriter;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.layers.NotInitialised;
import org.lsuv.onnx.layers.PreparedWeights;
import org.lsuv.onnx.layers.TieRule;
import org.lsuv.onnx.measured.MeasuredModel;
import org.lsuv.onnx.measured.UnrolledBodies;
import org.lsuv.onnx.runtime.BatchPieces;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.onnximport.BatchPlan;
import org.lsuv.tf.onnximport.OnnxImporter;

/**
 * Holds a network from an ONNX file.
 *
 * @param onnx the model
 */
public record OnnxNetwork(OnnxModel onnx) implements Network {

    @Override
    public String label() {
        return onnx.label();
    }

    @Override
    public OptionalLong opset() {
        return OptionalLong.of(onnx.opset("").orElse(1));
    }

    @Override
    public List<OnnxValue> inputs() {
        return onnx.graph().inputs();
    }

    @Override
    public void checkFree(Target target) throws IOException {
        target.checkFree();
        OnnxWriter.checkFree(onnx, target.path(), target.overwrite());
    }

    @Override
    public Loaded load(DataBatch batch, OptionalLong rowsAtATime, TieRule ties, long seed) {
        OnnxModel prepared = PreparedWeights.prepare(onnx, ties, seed);
        List<Map<String, OnnxTensor>> pieces = UnrolledBodies.areIn(prepared)
                ? BatchPieces.of(prepared.label(), prepared.graph().inputs(), batch, rowsAtATime)
                        .pieces()
                : List.of();
        MeasuredModel measured = MeasuredModel.of(prepared, pieces, OrtOptions.DEFAULT);
        BatchPlan plan = BatchPlan.of(measured.model(), batch, rowsAtATime);
        TfModel model = OnnxImporter.load(measured.model(), plan.importOptions());
        List<String> notes = new ArrayList<>(plan.notes());
        notes.addAll(measured.bodies().notes());
        return new LoadedOnnx(measured, model, plan.pieces(), List.copyOf(notes), measured.notInitialised());
    }

    private record LoadedOnnx(
            MeasuredModel measured,
            TfModel model,
            List<Map<String, OnnxTensor>> pieces,
            List<String> notes,
            List<NotInitialised> notInitialised)
            implements Loaded {

        @Override
        public Map<String, List<String>> sources() {
            return measured.gathered().sources();
        }

        @Override
        public List<String> path() {
            return measured.bodies().path();
        }

        @Override
        public OnnxForm changed(Map<String, OnnxTensor> weights) {
            return OnnxForm.of(measured.withWeights(weights), model.names());
        }

        @Override
        public OnnxForm write(Map<String, OnnxTensor> weights, Target target) throws IOException {
            OnnxWriter.write(measured.withWeights(weights), target.path(), target.overwrite());
            return OnnxForm.of(OnnxReader.read(target.path()), model.names());
        }
    }
}
