package org.lsuv.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.layers.NotInitialised;
import org.lsuv.onnx.layers.TieRule;
import org.lsuv.onnx.runtime.BatchPieces;
import org.lsuv.tf.TfInput;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.layers.TfLayers;
import org.lsuv.tf.onnxexport.ExportOptions;
import org.lsuv.tf.onnxexport.OnnxExporter;
import org.lsuv.tf.savedmodel.SavedModelImporter;
import org.lsuv.tf.savedmodel.SavedModelOptions;
import org.lsuv.tf.savedmodel.SavedModelReader;
import org.lsuv.tf.savedmodel.SavedModelWriter;
import org.lsuv.tf.savedmodel.SavedNetwork;

/**
 * Holds a network from a SavedModel.
 *
 * @param network the network
 */
record SavedModelSource(SavedNetwork network) implements Source {

    static SavedModelSource read(Path path, SavedModelOptions options) {
        return new SavedModelSource(SavedModelImporter.open(SavedModelReader.read(path), options));
    }

    @Override
    public String label() {
        return network.model().label();
    }

    @Override
    public OptionalLong opset() {
        return OptionalLong.empty();
    }

    @Override
    public List<OnnxValue> inputs() {
        return network.model().inputs().stream().map(SavedModelSource::declared).toList();
    }

    private static OnnxValue declared(TfInput input) {
        Optional<OnnxShape> shape = input.shape().isUnknown()
                ? Optional.empty()
                : Optional.of(OnnxShape.of(input.shape().asArray()));
        return new OnnxValue(input.name(), input.type(), shape, OnnxValue.Kind.TENSOR);
    }

    @Override
    public void checkFree(Destination destination) throws IOException {
        // Everything lies in the one file or folder that was checked already.
    }

    @Override
    public Loaded load(DataBatch batch, OptionalLong rowsAtATime, TieRule ties, long seed) {
        BatchPieces pieces = BatchPieces.of(label(), inputs(), batch, rowsAtATime);
        TfLayers layers = TfLayers.in(network.model());
        TfModel model = layers.addedTo(network.model());
        return new LoadedSavedModel(network, model, pieces.pieces(), pieces.notes(), layers.notInitialised());
    }

    private record LoadedSavedModel(
            SavedNetwork network,
            TfModel model,
            List<Map<String, OnnxTensor>> pieces,
            List<String> notes,
            List<NotInitialised> notInitialised)
            implements Loaded {

        @Override
        public Verifiable changed(Map<String, OnnxTensor> weights) {
            return exported(network.model(), ExportOptions.defaults().withWeights(weights));
        }

        @Override
        public Verifiable write(Map<String, OnnxTensor> weights, Destination destination) throws IOException {
            if (destination.isOnnx()) {
                ExportOptions options =
                        ExportOptions.defaults().withOpset(destination.opset()).withWeights(weights);
                OnnxModel onnx = OnnxExporter.export(network.model(), options).model();
                return Verifiable.of(destination.write(onnx));
            }
            SavedModelWriter.write(network, weights, destination.file(), destination.overwrite());
            SavedNetwork written =
                    SavedModelImporter.open(SavedModelReader.read(destination.file()), network.options());
            return exported(written.model(), ExportOptions.defaults());
        }

        /** ONNX Runtime measures what it is given in its own format, be it only in memory. */
        private static Verifiable exported(TfModel model, ExportOptions options) {
            try {
                return Verifiable.of(OnnxExporter.export(model, options).model());
            } catch (UnsupportedModelException problem) {
                return new Verifiable(Optional.empty(), String.valueOf(problem.getMessage()));
            }
        }
    }
}
