package org.lsuv.tf.bundle;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.HostTensors;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Lets TensorFlow write checkpoints. */
public final class TestCheckpoint {
    private TestCheckpoint() {}

    /** Writes a checkpoint of float32 tensors, some of them as parts. */
    public static void save(Path prefix, Map<String, OnnxTensor> tensors, Map<String, String> parts) {
        List<String> names = new ArrayList<>();
        List<String> slices = new ArrayList<>();
        try (Graph graph = new Graph();
                Session session = new Session(graph)) {
            Ops tf = Ops.create(graph);
            List<Operand<?>> values = new ArrayList<>();
            List<Tensor> feeds = new ArrayList<>();
            Session.Runner runner = session.runner();
            tensors.forEach((key, value) -> {
                Operand<TFloat32> placeholder = tf.placeholder(TFloat32.class);
                Tensor fed = HostTensors.toTensorFlow(value);
                feeds.add(fed);
                runner.feed(placeholder, fed);
                values.add(placeholder);
                names.add(key.replaceFirst("#.*", ""));
                slices.add(parts.getOrDefault(key, ""));
            });
            Operation operation = tf.train
                    .save(
                            tf.constant(prefix.toString()),
                            tf.array(names.toArray(String[]::new)),
                            tf.array(slices.toArray(String[]::new)),
                            values)
                    .op();
            runner.addTarget(operation).run().close();
            feeds.forEach(Tensor::close);
        }
    }

    /** Returns normal numbers. */
    public static OnnxTensor random(long seed, long... shape) {
        int count = 1;
        for (long dim : shape) {
            count *= (int) dim;
        }
        Random random = new Random(seed);
        double[] values = new double[count];
        Arrays.setAll(values, i -> random.nextGaussian());
        return OnnxTensor.ofDoubles("random", OnnxType.FLOAT, shape, values);
    }
}
