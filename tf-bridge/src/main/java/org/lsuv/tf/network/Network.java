package org.lsuv.tf.network;

import java.io.IOException;
import java.nio.file.Files;
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
import org.lsuv.onnx.layers.TieRule;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.init.Lsuv;
import org.lsuv.tf.init.LsuvOptions;
import org.lsuv.tf.init.LsuvReport;
import org.lsuv.tf.init.Progress;
import org.lsuv.tf.savedmodel.SavedModelOptions;
import org.lsuv.tf.savedmodel.SavedModelReader;

/** Holds a network as it was read: what differs from format to format, and nothing else. */
public sealed interface Network permits OnnxNetwork, SavedModelNetwork {

    /** Tells whether a path is to be read as a SavedModel: a folder, or the {@code saved_model.pb} in one. */
    static boolean isSavedModel(Path path) {
        return Files.isDirectory(path) || SavedModelReader.isSavedModel(path);
    }

    /**
     * Reads an ONNX file or the folder of a SavedModel.
     *
     * @throws IOException if it cannot be read
     * @throws org.lsuv.onnx.OnnxFormatException if it is malformed
     * @throws org.lsuv.onnx.UnsupportedModelException if it is a SavedModel that cannot be imported
     */
    static Network read(Path path) throws IOException {
        return isSavedModel(path)
                ? SavedModelNetwork.of(SavedModelReader.read(path), SavedModelOptions.defaults())
                : new OnnxNetwork(OnnxReader.read(path));
    }

    /** Returns the name by which errors call the network. */
    String label();

    /** Returns the version of ONNX's operators; empty where it has none of them. */
    OptionalLong opset();

    /**
     * Returns the network in ONNX, its weights as they are: as it was read, or exported in memory.
     *
     * @throws org.lsuv.onnx.UnsupportedModelException if it cannot be exported
     */
    OnnxModel onnx();

    /** Returns what a batch feeds. */
    List<OnnxValue> inputs();

    /**
     * Checks that everything that {@link Loaded#write} writes can be written, before any work.
     *
     * @throws IOException if something exists that must not be replaced, or a folder is missing
     */
    void checkFree(Target target) throws IOException;

    /**
     * Builds the graph for a batch.
     *
     * @param rowsAtATime the rows of one piece; the whole batch where empty
     * @param ties what becomes of weights with several readers
     * @param seed the seed of weights that the file computes anew
     * @throws org.lsuv.onnx.UnsupportedModelException if the graph cannot be built
     */
    Loaded load(DataBatch batch, OptionalLong rowsAtATime, TieRule ties, long seed);

    /**
     * Initialises the network on a batch that is run whole.
     *
     * @throws org.lsuv.onnx.UnsupportedModelException if the graph cannot be built, or run on this batch
     */
    default Initialised initialize(DataBatch batch, LsuvOptions options, Progress progress) {
        Loaded loaded = load(batch, OptionalLong.empty(), TieRule.AUTO, options.seed());
        return new Initialised(loaded, Lsuv.initialize(loaded.model(), loaded.pieces(), options, progress));
    }

    /** Initialises the network by the paper's options. */
    default Initialised initialize(DataBatch batch) {
        return initialize(batch, LsuvOptions.defaults(), Progress.NONE);
    }

    /**
     * Holds a network and what LSUV found for it.
     *
     * @param loaded the network
     * @param report what was found
     */
    record Initialised(Loaded loaded, LsuvReport report) {
        /**
         * Writes the network with its new weights; an existing file is not replaced.
         *
         * @throws IOException if it cannot be written
         */
        public void write(Path path) throws IOException {
            loaded.write(report.weights(), Target.of(path));
        }
    }

    /** Holds the graph of a network, and takes new weights back to where it came from. */
    interface Loaded {
        /** Returns the graph. */
        TfModel model();

        /** Returns the batch as it is run, one tensor an input and piece. */
        List<Map<String, OnnxTensor>> pieces();

        /** Returns what a user may want to know of how the batch is run. */
        List<String> notes();

        /** Returns the stored tensors that look like weights and are none of any layer's. */
        List<NotInitialised> notInitialised();

        /** Returns the stored tensors of weights that the graph puts together from several, by the name of the weight. */
        Map<String, List<String>> sources();

        /** Returns which way the batch takes through bodies that hold weights, a line for each If, Loop and Scan. */
        List<String> path();

        /** Returns the network with new weights, not written. */
        OnnxForm changed(Map<String, OnnxTensor> weights);

        /**
         * Writes the network with new weights, and returns it as it was read back.
         *
         * @throws IOException if it cannot be written
         */
        OnnxForm write(Map<String, OnnxTensor> weights, Target target) throws IOException;
    }
}
