package org.lsuv.tf.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.data.NpyFile;
import org.lsuv.tf.init.LsuvReport;
import org.lsuv.tf.live.LiveLsuv;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Variable;
import org.tensorflow.types.TFloat32;

/**
 * Trains a small convolutional network on images of Fashion-MNIST with TensorFlow's Java API, once as Glorot and
 * Bengio initialise it, once with LSUV on top, and prints both losses. Run {@link #main} from the project's folder.
 */
public final class FashionTraining implements AutoCloseable {
    private static final int CLASSES = 10;
    private static final int CHANNELS = 16;
    private static final int CONVOLUTIONS = 10;
    private static final int BATCH = 64;
    private static final float LEARNING_RATE = 0.01f;

    private final float[] images;
    private final int[] labels;
    private final Graph graph = new Graph();
    private final Ops tf = Ops.create(graph);
    private final List<Variable<TFloat32>> variables = new ArrayList<>();
    private final Random random = new Random(1);
    private final Placeholder<TFloat32> input;
    private final Placeholder<TFloat32> wanted;
    private final Operand<TFloat32> logits;
    private final Operand<TFloat32> loss;
    private final List<Operand<TFloat32>> updates = new ArrayList<>();

    /** Builds the network, its loss and a step of gradient descent. */
    FashionTraining(Path data) throws IOException {
        images = read(data.resolve("fashion-mnist-256.npy")).toFloats();
        labels = Arrays.stream(
                        read(data.resolve("fashion-mnist-256-labels.npy")).toDoubles())
                .mapToInt(label -> (int) label)
                .toArray();
        input = tf.withName("images").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 28, 28, 1)));
        wanted = tf.withName("wanted").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, CLASSES)));
        logits = network();
        loss = tf.math.mean(tf.nn.softmaxCrossEntropyWithLogits(logits, wanted).loss(), tf.constant(0));
        Output<?>[] gradients = graph.addGradients(
                loss.asOutput(), variables.stream().map(Variable::ref).toArray(Output<?>[]::new));
        for (int i = 0; i < gradients.length; i++) {
            updates.add(tf.train.applyGradientDescent(
                    variables.get(i), tf.constant(LEARNING_RATE), gradients[i].expect(TFloat32.class)));
        }
    }

    private static OnnxTensor read(Path file) throws IOException {
        return NpyFile.read(file);
    }

    private Operand<TFloat32> network() {
        Operand<TFloat32> x = input;
        int channels = 1;
        for (int i = 0; i < CONVOLUTIONS; i++) {
            long stride = i == 0 || i == CONVOLUTIONS / 2 ? 2 : 1;
            Operand<TFloat32> kernel = weight("conv" + i, 3, 3, channels, CHANNELS);
            x = tf.nn.conv2d(x, kernel, List.of(1L, stride, stride, 1L), "SAME");
            x = tf.nn.relu(tf.nn.biasAdd(x, zeros("conv" + i + ".bias", CHANNELS)));
            channels = CHANNELS;
        }
        x = tf.math.mean(x, tf.constant(new int[] {1, 2}));
        x = tf.linalg.matMul(x, weight("dense", CHANNELS, CLASSES));
        return tf.nn.biasAdd(x, zeros("dense.bias", CLASSES));
    }

    /** Adds a weight that is uniform between ±√(6 / (fan-in + fan-out)) (Glorot and Bengio 2010, equation 16). */
    private Operand<TFloat32> weight(String name, int... shape) {
        int window = shape.length == 4 ? shape[0] * shape[1] : 1;
        double bound = Math.sqrt(6.0 / (window * (shape[shape.length - 2] + shape[shape.length - 1])));
        float[] values = new float[Arrays.stream(shape).reduce(1, Math::multiplyExact)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (bound * (2 * random.nextDouble() - 1));
        }
        Ops init = tf.withInitScope();
        return variable(name, init.reshape(init.constant(values), init.constant(shape)));
    }

    private Operand<TFloat32> zeros(String name, int size) {
        return variable(name, tf.withInitScope().constant(new float[size]));
    }

    private Operand<TFloat32> variable(String name, Operand<TFloat32> initial) {
        Ops init = tf.withInitScope();
        Variable<TFloat32> variable = init.withName(name).variable(initial.shape(), TFloat32.class);
        init.assign(variable, initial);
        variables.add(variable);
        return variable;
    }

    private TFloat32 images(int step) {
        int size = 28 * 28;
        float[] values = new float[BATCH * size];
        System.arraycopy(images, step * BATCH % labels.length * size, values, 0, values.length);
        return TFloat32.tensorOf(Shape.of(BATCH, 28, 28, 1), DataBuffers.of(values));
    }

    private TFloat32 classes(int step) {
        float[] values = new float[BATCH * CLASSES];
        for (int i = 0; i < BATCH; i++) {
            values[i * CLASSES + labels[step * BATCH % labels.length + i]] = 1;
        }
        return TFloat32.tensorOf(Shape.of(BATCH, CLASSES), DataBuffers.of(values));
    }

    /** Lists what the weights of a network start with. */
    enum Start {
        GLOROT,
        LSUV
    }

    /** Trains from the start for some steps, and returns the loss at each. */
    double[] train(Start start, int steps) {
        double[] losses = new double[steps];
        try (Session session = new Session(graph)) {
            session.initialize();
            if (start == Start.LSUV) {
                initialise(session);
            }
            for (int step = 0; step < steps; step++) {
                losses[step] = step(session, step);
            }
        }
        return losses;
    }

    private LsuvReport initialise(Session session) {
        try (TFloat32 batch = images(0)) {
            return LiveLsuv.on(graph, session).outputs(logits).initialize(Map.of("images", batch));
        }
    }

    private double step(Session session, int step) {
        try (TFloat32 x = images(step);
                TFloat32 y = classes(step)) {
            Session.Runner runner =
                    session.runner().feed(input, x).feed(wanted, y).fetch(loss);
            updates.forEach(runner::addTarget);
            try (Result result = runner.run()) {
                return ((TFloat32) result.get(0)).getFloat();
            }
        }
    }

    @Override
    public void close() {
        graph.close();
    }

    /** Prints the losses of both networks. */
    @SuppressWarnings("SystemOut")
    public static void main(String[] args) throws IOException {
        int steps = args.length > 0 ? Integer.parseInt(args[0]) : 400;
        try (FashionTraining training = new FashionTraining(Path.of("testdata", "data"))) {
            double[] glorot = training.train(Start.GLOROT, steps);
            double[] lsuv = training.train(Start.LSUV, steps);
            System.out.println("step   glorot     lsuv");
            for (int step = 0; step < steps; step += Math.max(1, steps / 20)) {
                System.out.printf(Locale.ROOT, "%4d %8.4f %8.4f%n", step, glorot[step], lsuv[step]);
            }
        }
    }
}
