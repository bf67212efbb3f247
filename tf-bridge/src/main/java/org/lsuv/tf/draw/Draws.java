package org.lsuv.tf.draw;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.layers.KernelLayout;
import org.lsuv.onnx.layers.OnnxLayer;
import org.lsuv.onnx.layers.OutputChannels;
import org.lsuv.onnx.layers.WeightPath;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.WeightedLayer;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/** Draws the weights and biases of layers by any scheme. May be asked from several threads. */
public final class Draws implements AutoCloseable {
    /** Non-linearities that let positive values through as they are and little of negative ones. */
    private static final Set<String> RELUS = Set.of("Relu", "Relu6", "LeakyRelu");

    /** Tells the draw of a layer's recurrent weights from that of its input weights. */
    private static final int RECURRENT = 1;

    private static final int BIAS = 2;

    private final Orthonormal orthonormal;
    private final long seed;
    private final Map<String, String> operations = new HashMap<>();

    /**
     * Prepares to draw.
     *
     * @param graph the graph of the layers, which says what follows them
     * @param seed the seed of all draws; each layer has one of its own, by its index
     */
    public Draws(GraphDef graph, long seed, TfOptions options) {
        this.orthonormal = new Orthonormal(options);
        this.seed = seed;
        for (NodeDef node : graph.getNodeList()) {
            operations.put(node.getName(), node.getOp());
        }
    }

    /**
     * Returns values for the weight of a layer, in the shape in which it is stored.
     *
     * @return float64 for a float64 weight, else float32
     * @throws IllegalArgumentException if the initialiser keeps what is stored
     */
    public OnnxTensor weight(Initializer initializer, WeightedLayer layer) {
        return draw(initializer.scheme(), layer, layer.kernel(), layer.weight(), seed(layer));
    }

    /** Returns values for the weight by which a recurrent layer multiplies its state, likewise. */
    public OnnxTensor state(Initializer initializer, WeightedLayer layer, OnnxLayer.Recurrent state) {
        long own = Gaussian.mix(seed(layer), RECURRENT);
        if (initializer.scheme() instanceof Scheme.Keras) {
            return orthonormal.draw(joined(state.kernel()), state.weight(), Scheme.Form.QR, own);
        }
        return draw(initializer.scheme(), layer, state.kernel(), state.weight(), own);
    }

    private long seed(WeightedLayer layer) {
        return Gaussian.mix(seed, layer.index());
    }

    private OnnxTensor draw(Scheme scheme, WeightedLayer layer, KernelLayout kernel, WeightPath path, long seed) {
        Fans fans = Fans.of(layer.op(), kernel, path);
        if (scheme instanceof Scheme.Orthogonal orthogonal) {
            boolean delta = orthogonal.form() == Scheme.Form.DELTA;
            return delta && fans.positions() > 1
                    ? new DeltaKernel(layer.op(), kernel, path).draw(orthonormal, seed)
                    : orthonormal.draw(
                            kernel,
                            path,
                            delta ? Scheme.Form.QR : orthogonal.form(),
                            layer.channels().sideBySide(kernel),
                            seed);
        }
        if (scheme instanceof Scheme.Scaled scaled) {
            return random(path, scaled.law(), Math.sqrt(scaled.gain() / fans.of(scaled.fan())), seed);
        }
        if (scheme instanceof Scheme.RandomWalk) {
            double gain = Scheme.RandomWalk.gain(fans.in(), isRelu(layer));
            return random(path, Law.NORMAL, gain / Math.sqrt(fans.in()), seed);
        }
        if (scheme instanceof Scheme.PyTorch) {
            return random(path, Law.UNIFORM, pyTorchDeviation(layer, kernel, fans), seed);
        }
        if (scheme instanceof Scheme.Keras) {
            double out = kernel.channels() * fans.positions() / directions(layer, kernel);
            return random(path, Law.UNIFORM, Math.sqrt(2 / (fans.in() + out)), seed);
        }
        throw new IllegalArgumentException("nothing is drawn by " + scheme);
    }

    /** Bounds of ±c are a standard deviation of c / √3. */
    private static double pyTorchDeviation(WeightedLayer layer, KernelLayout kernel, Fans fans) {
        // PyTorch takes the second axis of a kernel for its inputs, those of transposed convolutions, too.
        double fan = layer.recurrent().isPresent()
                ? kernel.fanOut()
                : Fans.isTransposed(layer.op()) ? fans.out() : fans.in();
        return 1 / Math.sqrt(3 * fan);
    }

    /**
     * Returns values for the bias of a layer.
     *
     * @param stored the bias that the layer has
     * @return as many values in the same shape: what the initialiser has for biases, or zeros
     */
    public OnnxTensor bias(Initializer initializer, WeightedLayer layer, OnnxTensor stored) {
        if (initializer.scheme() instanceof Scheme.PyTorch) {
            Fans fans = Fans.of(layer.op(), layer.kernel(), layer.weight());
            double deviation = pyTorchDeviation(layer, layer.kernel(), fans);
            long own = Gaussian.mix(seed(layer), BIAS);
            return random(type(stored.type()), stored.shape(), Law.UNIFORM, deviation, own);
        }
        double[] values = new double[Math.toIntExact(stored.elementCount())];
        if (initializer.scheme() instanceof Scheme.Keras && layer.op().equals("LSTM")) {
            setForgetGates(values, layer, stored.shape());
        }
        return OnnxTensor.ofDoubles(stored.name(), stored.type(), stored.shape(), values);
    }

    /**
     * The bias of ONNX's LSTM holds, for each direction, the input's and the state's for the gates i, o, f, c. Keras has
     * one for all gates, and so has the cell of TensorFlow 1, whose graph adds the 1 itself.
     */
    private static void setForgetGates(double[] values, WeightedLayer layer, long[] shape) {
        List<OutputChannels.Block> gates = layer.channels().blocks();
        if (values.length != layer.kernel().channels()) {
            int row = Math.toIntExact(shape[shape.length - 1]);
            for (int i = 0; i < values.length; i++) {
                values[i] = i % row * 8 / row == 2 ? 1 : 0;
            }
        } else if (gates.get(1).name().equals("f")) {
            Arrays.fill(values, (int) gates.get(1).from(), (int) gates.get(1).to(), 1);
        }
    }

    private static OnnxTensor random(WeightPath path, Law law, double deviation, long seed) {
        long[] shape = OperandPath.longs(path.storedShape());
        return random(type(path.type()), shape, law, deviation, seed);
    }

    private static OnnxTensor random(OnnxType type, long[] shape, Law law, double deviation, long seed) {
        return Gaussian.draw(type, shape, seed, random -> deviation * law.next(random));
    }

    private static OnnxType type(OnnxType stored) {
        return stored == OnnxType.DOUBLE ? OnnxType.DOUBLE : OnnxType.FLOAT;
    }

    private boolean isRelu(WeightedLayer layer) {
        return layer.activation()
                .map(activation -> operations.get(activation.tensor().op()))
                .filter(RELUS::contains)
                .isPresent();
    }

    /** Gates are drawn as one matrix, directions apart. */
    private static KernelLayout joined(KernelLayout kernel) {
        if (kernel.blockAxes().size() < 2) {
            return kernel;
        }
        List<Integer> blocks = new ArrayList<>(kernel.blockAxes());
        List<Integer> outs = new ArrayList<>(List.of(blocks.remove(blocks.size() - 1)));
        outs.addAll(kernel.outAxes());
        return new KernelLayout(kernel.view(), blocks, kernel.inAxes(), outs, kernel.channelAxes());
    }

    private static double directions(WeightedLayer layer, KernelLayout kernel) {
        return layer.recurrent().isPresent() && kernel.blockAxes().size() > 1
                ? kernel.view().get(kernel.blockAxes().get(0))
                : 1;
    }

    @Override
    public void close() {
        orthonormal.close();
    }
}
