package org.lsuv.onnx.measured;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.gathered.GatheredWeights;
import org.lsuv.onnx.layers.NotInitialised;
import org.lsuv.onnx.layers.OnnxLayers;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.Verification;

/**
 * Holds a model in the form in which its layers are measured.
 *
 * @param bodies the model with its bodies unrolled
 * @param gathered the weights that the unrolled model puts together
 */
public record MeasuredModel(UnrolledBodies bodies, GatheredWeights gathered) {

    /**
     * Brings a model into this form.
     *
     * @param pieces the batch that will be used, one tensor an input and piece
     */
    public static MeasuredModel of(OnnxModel model, List<Map<String, OnnxTensor>> pieces, OrtOptions options) {
        UnrolledBodies bodies = UnrolledBodies.of(model, pieces, options);
        return new MeasuredModel(bodies, GatheredWeights.of(bodies.model()));
    }

    /** Returns the model to measure. */
    public OnnxModel model() {
        return gathered.folded();
    }

    /**
     * Measures its layers, and other values in the same runs. A recurrent operator whose gates are stored in several
     * tensors is a layer for each of them.
     *
     * @param pieces the batch, one tensor an input and piece; the statistics of the pieces merge exactly
     * @param values the names of other floating-point values; those that the model does not have are left out
     * @throws UnsupportedModelException if ONNX Runtime cannot run the model on this batch
     */
    public Verification verify(
            List<Map<String, OnnxTensor>> pieces,
            Verification.Scope scope,
            Collection<String> values,
            OrtOptions options) {
        return new StoredParts(gathered, scope.granularity())
                .of(Verification.of(model(), pieces, scope, values, options));
    }

    /** Returns the model as it was given, with new values for weights of {@link #model}. */
    public OnnxModel withWeights(Map<String, OnnxTensor> changed) {
        return bodies.withWeights(gathered.scattered(changed));
    }

    /** Returns the stored tensors that look like weights and are none of any layer's. */
    public List<NotInitialised> notInitialised() {
        OnnxLayers found = OnnxLayers.find(model().inlined().graph());
        Set<String> trainable = found.trainable();
        Map<String, NotInitialised> all = new LinkedHashMap<>();
        found.notInitialised().forEach(weight -> all.put(weight.name(), weight));
        for (NotInitialised weight : bodies.notTaken()) {
            if (!trainable.contains(weight.name())) {
                all.put(weight.name(), weight);
            }
        }
        return List.copyOf(all.values());
    }
}
