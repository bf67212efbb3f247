package org.lsuv.tf.savedmodel;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.HostTensors;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfInput;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.Tensor;

/** Runs SavedModels as TensorFlow itself loads them. */
public final class Reference {
    private Reference() {}

    /** Returns the outputs of a signature, in the order of its keys. */
    public static Map<String, OnnxTensor> run(
            Path folder, String tag, Signature signature, Map<String, OnnxTensor> batch) {
        List<Tensor> open = new ArrayList<>();
        try (SavedModelBundle bundle =
                SavedModelBundle.loader(folder.toString()).withTags(tag).load()) {
            Session.Runner runner = bundle.session().runner();
            batch.forEach((key, value) -> {
                Tensor tensor = HostTensors.toTensorFlow(value);
                open.add(tensor);
                TensorRef fed = TensorRef.parse(
                        Objects.requireNonNull(signature.inputs().get(key)).tensor());
                runner.feed(fed.op(), fed.index(), tensor);
            });
            signature.outputs().values().forEach(output -> runner.fetch(output.tensor()));
            try (Result result = runner.run()) {
                Map<String, OnnxTensor> outputs = new LinkedHashMap<>();
                int i = 0;
                for (String key : signature.outputs().keySet()) {
                    outputs.put(key, HostTensors.toHost(key, result.get(i++)));
                }
                return outputs;
            }
        } finally {
            open.forEach(Tensor::close);
        }
    }

    /** Returns the outputs of an imported model. */
    public static Map<String, OnnxTensor> run(TfModel model, Map<String, OnnxTensor> batch) {
        try (TfRun run = TfRun.open(model.graph(), TfOptions.defaults())) {
            run.feedWeights(model);
            model.inputs().forEach(input -> run.feed(input.tensor(), Objects.requireNonNull(batch.get(input.name()))));
            List<OnnxTensor> values = run.fetch(List.copyOf(model.outputs().values()));
            Map<String, OnnxTensor> outputs = new LinkedHashMap<>();
            int i = 0;
            for (String key : model.outputs().keySet()) {
                outputs.put(key, values.get(i++));
            }
            return outputs;
        }
    }

    /** Returns a batch of normal numbers, integers from 0 to 9, with unknown sizes of 3. */
    public static Map<String, OnnxTensor> batch(TfModel model, long seed) {
        Random random = new Random(seed);
        Map<String, OnnxTensor> batch = new LinkedHashMap<>();
        for (TfInput input : model.inputs()) {
            long[] shape =
                    input.shape().isUnknown() ? new long[] {3} : input.shape().asArray();
            int count = 1;
            for (int i = 0; i < shape.length; i++) {
                shape[i] = shape[i] < 0 ? 3 : shape[i];
                count *= (int) shape[i];
            }
            double[] values = new double[count];
            for (int i = 0; i < count; i++) {
                values[i] = input.type() == OnnxType.BOOL
                        ? random.nextInt(2)
                        : input.type().isFloating() ? random.nextGaussian() : random.nextInt(10);
            }
            batch.put(input.name(), OnnxTensor.ofNumbers(input.name(), input.type(), shape, values));
        }
        return batch;
    }

    /** Returns the greatest difference, relative to the greatest value of the reference. */
    public static double error(OnnxTensor found, OnnxTensor reference) {
        double[] a = found.toDoubles();
        double[] b = reference.toDoubles();
        double scale = 0;
        double worst = a.length == b.length ? 0 : Double.POSITIVE_INFINITY;
        for (double value : b) {
            scale = Math.max(scale, Math.abs(value));
        }
        for (int i = 0; i < Math.min(a.length, b.length); i++) {
            double difference = Math.abs(a[i] - b[i]);
            worst = Math.max(worst, Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference);
        }
        return worst / Math.max(scale, 1e-30);
    }
}
