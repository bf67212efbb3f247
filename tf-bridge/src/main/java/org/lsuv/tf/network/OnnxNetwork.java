package org.lsuv.tf.network;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.OnnxWriter;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.gathered.GatheredWeights;
import org.lsuv.onnx.layers.NotInitialised;
import org.lsuv.onnx.layers.OnnxLayers;
import org.lsuv.onnx.layers.PreparedWeights;
import org.lsuv.onnx.layers.TieRule;
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
        GatheredWeights gathered = GatheredWeights.of(prepared);
        OnnxModel folded = gathered.folded();
        BatchPlan plan = BatchPlan.of(folded, batch, rowsAtATime);
        TfModel model = OnnxImporter.load(folded, plan.importOptions());
        List<NotInitialised> rest = OnnxLayers.find(folded.inlined().graph()).notInitialised();
        return new LoadedOnnx(prepared, gathered, model, plan.pieces(), plan.notes(), rest);
    }

    private record LoadedOnnx(
            OnnxModel prepared,
            GatheredWeights gathered,
            TfModel model,
            List<Map<String, OnnxTensor>> pieces,
            List<String> notes,
            List<NotInitialised> notInitialised)
            implements Loaded {

        @Override
        public Map<String, List<String>> sources() {
            return gathered.sources();
        }

        @Override
        public OnnxForm changed(Map<String, OnnxTensor> weights) {
            return OnnxForm.of(prepared.withWeights(gathered.scattered(weights)));
        }

        @Override
        public OnnxForm write(Map<String, OnnxTensor> weights, Target target) throws IOException {
            OnnxWriter.write(prepared.withWeights(gathered.scattered(weights)), target.path(), target.overwrite());
            return OnnxForm.of(OnnxReader.read(target.path()));
        }
    }
}
