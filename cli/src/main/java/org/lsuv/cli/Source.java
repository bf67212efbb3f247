package org.lsuv.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.layers.NotInitialised;
import org.lsuv.onnx.layers.TieRule;
import org.lsuv.tf.TfModel;

/** Holds a network as it was read: what differs from format to format, and nothing else. */
sealed interface Source permits OnnxSource {

    /** Reads a network. */
    static Source read(Path path) throws IOException {
        return OnnxSource.read(path);
    }

    /** Returns the name by which errors call the network. */
    String label();

    /** Returns the version of ONNX's operators; empty where it has none of them. */
    OptionalLong opset();

    /** Returns what a batch feeds. */
    List<OnnxValue> inputs();

    /** Checks that everything that {@link Loaded#write} writes can be written. */
    void checkFree(Destination destination) throws IOException;

    /**
     * Builds the graph for a batch.
     *
     * @param rowsAtATime the rows of one piece; the whole batch where empty
     * @param ties what becomes of weights with several readers
     * @param seed the seed of weights that the file computes anew
     */
    Loaded load(DataBatch batch, OptionalLong rowsAtATime, TieRule ties, long seed);

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

        /** Returns the network with new weights, not written. */
        Verifiable changed(Map<String, OnnxTensor> weights);

        /** Writes the network with new weights, and returns it as it was read back. */
        Verifiable write(Map<String, OnnxTensor> weights, Destination destination) throws IOException;
    }
}
