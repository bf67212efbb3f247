package org.lsuv.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.data.DataBatch;
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
record OnnxSource(OnnxModel onnx) implements Source {

    static OnnxSource read(Path path) throws IOException {
        return new OnnxSource(OnnxReader.read(path));
    }

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
    public void checkFree(Destination destination) throws IOException {
        destination.checkFree(onnx);
    }

    @Override
    public Loaded load(DataBatch batch, OptionalLong rowsAtATime, TieRule ties, long seed) {
        OnnxModel prepared = PreparedWeights.prepare(onnx, ties, seed);
        BatchPlan plan = BatchPlan.of(prepared, batch, rowsAtATime);
        TfModel model = OnnxImporter.load(prepared, plan.importOptions());
        List<NotInitialised> rest = OnnxLayers.find(prepared.inlined().graph()).notInitialised();
        return new LoadedOnnx(prepared, model, plan.pieces(), plan.notes(), rest);
    }

    private record LoadedOnnx(
            OnnxModel prepared,
            TfModel model,
            List<Map<String, OnnxTensor>> pieces,
            List<String> notes,
            List<NotInitialised> notInitialised)
            implements Loaded {

        @Override
        public Verifiable changed(Map<String, OnnxTensor> weights) {
            return Verifiable.of(prepared.withWeights(weights));
        }

        @Override
        public Verifiable write(Map<String, OnnxTensor> weights, Destination destination) throws IOException {
            return Verifiable.of(destination.write(prepared.withWeights(weights)));
        }
    }
}
