package org.lsuv.tf.network;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.lsuv.onnx.GraphBuilder;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.OnnxWriter;
import org.lsuv.onnx.Overwrite;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.layers.NotInitialised;
import org.lsuv.onnx.layers.TieRule;
import org.lsuv.onnx.runtime.BatchPieces;
import org.lsuv.tf.TfInput;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.layers.JointKernels;
import org.lsuv.tf.layers.StackedCells;
import org.lsuv.tf.layers.TfLayers;
import org.lsuv.tf.onnxexport.ExportOptions;
import org.lsuv.tf.onnxexport.OnnxExport;
import org.lsuv.tf.onnxexport.OnnxExporter;
import org.lsuv.tf.savedmodel.SavedModel;
import org.lsuv.tf.savedmodel.SavedModelImporter;
import org.lsuv.tf.savedmodel.SavedModelOptions;
import org.lsuv.tf.savedmodel.SavedModelReader;
import org.lsuv.tf.savedmodel.SavedModelWriter;
import org.lsuv.tf.savedmodel.SavedNetwork;

/**
 * Holds a network from a SavedModel.
 *
 * @param imported the graph, and where its weights are stored
 * @param kernels the graph with a weight for each part of what is stored as one
 */
public record SavedModelNetwork(SavedNetwork imported, JointKernels kernels) implements Network {

    /**
     * Imports a signature of a SavedModel.
     *
     * @throws UnsupportedModelException if it cannot be imported
     */
    public static SavedModelNetwork of(SavedModel saved, SavedModelOptions options) {
        SavedNetwork imported = SavedModelImporter.open(saved, options);
        return new SavedModelNetwork(imported, JointKernels.cutIn(StackedCells.apart(imported.model())));
    }

    @Override
    public String label() {
        return imported.model().label();
    }

    @Override
    public OptionalLong opset() {
        return OptionalLong.empty();
    }

    @Override
    public OnnxModel onnx() {
        return OnnxExporter.export(kernels.model(), ExportOptions.defaults()).model();
    }

    @Override
    public List<OnnxValue> inputs() {
        return imported.model().inputs().stream()
                .map(SavedModelNetwork::declared)
                .toList();
    }

    private static OnnxValue declared(TfInput input) {
        Optional<OnnxShape> shape = input.shape().isUnknown()
                ? Optional.empty()
                : Optional.of(OnnxShape.of(input.shape().asArray()));
        return new OnnxValue(input.name(), input.type(), shape, OnnxValue.Kind.TENSOR);
    }

    @Override
    public void checkFree(Target target) throws IOException {
        if (target.isOnnx()) {
            target.checkFree();
            Path data = OnnxWriter.dataFile(target.path());
            if (target.overwrite() == Overwrite.REFUSE && needsDataFile() && Files.exists(data)) {
                throw new FileAlreadyExistsException(data.toString());
            }
        } else {
            SavedModelWriter.checkFree(imported.saved(), target.path(), target.overwrite());
        }
    }

    private boolean needsDataFile() {
        return imported.model().weights().values().stream()
                        .mapToLong(weight -> weight.value().byteCount())
                        .sum()
                > GraphBuilder.MAX_MESSAGE_BYTES;
    }

    @Override
    public Loaded load(DataBatch batch, OptionalLong rowsAtATime, TieRule ties, long seed) {
        BatchPieces pieces = BatchPieces.of(label(), inputs(), batch, rowsAtATime);
        TfLayers layers = TfLayers.in(kernels.model());
        TfModel model = layers.addedTo(kernels.model());
        return new LoadedSavedModel(this, model, pieces.pieces(), pieces.notes(), layers.notInitialised());
    }

    private record LoadedSavedModel(
            SavedModelNetwork network,
            TfModel model,
            List<Map<String, OnnxTensor>> pieces,
            List<String> notes,
            List<NotInitialised> notInitialised)
            implements Loaded {

        @Override
        public Map<String, List<String>> sources() {
            return network.kernels.sources();
        }

        @Override
        public List<String> path() {
            return List.of();
        }

        @Override
        public OnnxForm changed(Map<String, OnnxTensor> weights) {
            return exported(network.kernels.model(), ExportOptions.defaults().withWeights(weights));
        }

        @Override
        public OnnxForm write(Map<String, OnnxTensor> weights, Target target) throws IOException {
            if (target.isOnnx()) {
                ExportOptions options =
                        ExportOptions.defaults().withOpset(target.opset()).withWeights(weights);
                OnnxExport export = OnnxExporter.export(network.kernels.model(), options);
                OnnxWriter.write(export.model(), target.path(), target.overwrite());
                return OnnxForm.of(OnnxReader.read(target.path()), export.names());
            }
            SavedNetwork imported = network.imported;
            SavedModelWriter.write(imported, network.kernels.joined(weights), target.path(), target.overwrite());
            SavedModelNetwork written = of(SavedModelReader.read(target.path()), imported.options());
            return exported(written.kernels.model(), ExportOptions.defaults());
        }

        /** ONNX Runtime measures what it is given in its own format, be it only in memory. */
        private static OnnxForm exported(TfModel model, ExportOptions options) {
            try {
                OnnxExport export = OnnxExporter.export(model, options);
                return OnnxForm.of(export.model(), export.names());
            } catch (UnsupportedModelException problem) {
                return OnnxForm.none(String.valueOf(problem.getMessage()));
            }
        }
    }
}
