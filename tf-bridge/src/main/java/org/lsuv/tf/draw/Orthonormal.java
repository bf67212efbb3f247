package org.lsuv.tf.draw;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.layers.KernelLayout;
import org.lsuv.onnx.layers.WeightPath;
import org.lsuv.tf.SharedTensors;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.family.TNumber;

/**
 * Draws orthonormal weights (Saxe, McClelland and Ganguli 2014): each matrix (fan-in × outputs) of a kernel
 * gets orthonormal columns, or rows where these are fewer, Haar-distributed: the QR decomposition of a
 * Gaussian matrix with the diagonal of R positive. May be asked from several threads.
 */
final class Orthonormal implements AutoCloseable {
    private static final String GAUSSIAN = "gaussian";

    /** Graphs of matrices up to this size are kept: networks have many layers of few shapes. */
    private static final long KEPT_ELEMENTS = 1 << 22;

    private final TfOptions options;
    private final Map<Layout, Drawing> drawings = new ConcurrentHashMap<>();

    /** Holds all that a graph depends on. */
    private record Layout(
            KernelLayout kernel,
            OnnxType stored,
            List<Long> operandShape,
            List<WeightPath.Step> steps,
            Scheme.Form form,
            List<Long> outputs) {
        long elements() {
            return kernel.blocks() * kernel.fanIn() * kernel.fanOut();
        }

        OnnxType type() {
            return stored == OnnxType.DOUBLE ? OnnxType.DOUBLE : OnnxType.FLOAT;
        }
    }

    private record Drawing(TfRun run, TensorRef gaussian, TensorRef result) implements AutoCloseable {
        /** Writes the result over the numbers: both are as large as the weight. */
        OnnxTensor of(Layout layout, long seed) {
            List<ByteBuffer> memory = new ArrayList<>();
            long[] shape = {layout.elements()};
            OnnxTensor numbers = Gaussian.draw(layout.type(), shape, seed, RandomGenerator::nextGaussian, length -> {
                ByteBuffer chunk = SharedTensors.allocate(length);
                memory.add(chunk);
                return chunk;
            });
            Iterator<ByteBuffer> next = memory.iterator();
            return run.fetch(List.of(result), Map.of(gaussian, numbers), length -> next.next())
                    .get(0);
        }

        @Override
        public void close() {
            run.close();
        }
    }

    Orthonormal(TfOptions options) {
        this.options = options;
    }

    /**
     * Draws values for a stored weight.
     *
     * @param kernel which axes of the operand are fan-in and which are outputs
     * @param path how the operand is made from the stored weight
     * @return values in the shape in which the weight is stored; float64 for a float64 weight, else float32
     */
    OnnxTensor draw(KernelLayout kernel, WeightPath path, long seed) {
        return draw(kernel, path, Scheme.Form.QR, seed);
    }

    /**
     * Draws values for a stored weight by QR or by singular value decomposition.
     *
     * @return as above
     */
    OnnxTensor draw(KernelLayout kernel, WeightPath path, Scheme.Form form, long seed) {
        return draw(kernel, path, form, List.of(kernel.fanOut()), seed);
    }

    /**
     * Draws values for a stored weight whose matrices are several side by side.
     *
     * @param outputs how many outputs each of these has, in their order; the kernel's outputs together
     * @return as above
     */
    OnnxTensor draw(KernelLayout kernel, WeightPath path, Scheme.Form form, List<Long> outputs, long seed) {
        Layout layout = new Layout(kernel, path.type(), path.operandShape(), path.steps(), form, List.copyOf(outputs));
        if (layout.elements() <= KEPT_ELEMENTS) {
            return drawings.computeIfAbsent(layout, this::open).of(layout, seed);
        }
        try (Drawing drawing = open(layout)) {
            return drawing.of(layout, seed);
        }
    }

    private Drawing open(Layout layout) {
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            Operand<? extends TNumber> result = layout.type() == OnnxType.DOUBLE
                    ? build(tf, TFloat64.class, layout)
                    : build(tf, TFloat32.class, layout);
            return new Drawing(
                    TfRun.open(graph.toGraphDef(), options), new TensorRef(GAUSSIAN, 0), TensorRef.of(result));
        }
    }

    @Override
    public void close() {
        drawings.values().forEach(Drawing::close);
    }

    private static <T extends TNumber> Operand<T> build(Ops tf, Class<T> type, Layout layout) {
        KernelLayout kernel = layout.kernel();
        List<Integer> outputsFirst = axes(kernel.blockAxes(), kernel.outAxes(), kernel.inAxes());
        List<Integer> inputsFirst = axes(kernel.blockAxes(), kernel.inAxes(), kernel.outAxes());
        // Joined in the order in which they are stored, matrices need no transposition, which is one more copy of all.
        boolean outputsAreRows = isInOrder(outputsFirst);
        Operand<T> gaussian = tf.withName(GAUSSIAN).placeholder(type);
        List<Operand<T>> parts = new ArrayList<>();
        long from = 0;
        for (long outputs : layout.outputs()) {
            long tall = Math.max(kernel.fanIn(), outputs);
            long wide = Math.min(kernel.fanIn(), outputs);
            long count = kernel.blocks() * tall * wide;
            Operand<T> numbers = tf.slice(gaussian, tf.constant(new long[] {from}), tf.constant(new long[] {count}));
            Operand<T> matrices = tf.reshape(numbers, tf.constant(new long[] {kernel.blocks(), tall, wide}));
            List<Operand<T>> q = layout.form() == Scheme.Form.SVD
                    ? OrthonormalColumns.bySvd(tf, matrices, type)
                    : OrthonormalColumns.byQr(tf, matrices, type, tall, wide);
            boolean inputsAreRows = kernel.fanIn() >= outputs;
            parts.add(
                    inputsAreRows == outputsAreRows
                            ? OrthonormalColumns.transposed(tf, q)
                            : OrthonormalColumns.sideBySide(tf, q));
            from += count;
        }
        Operand<T> matrices =
                parts.size() == 1 ? parts.get(0) : tf.concat(parts, tf.constant(outputsAreRows ? -2 : -1));
        return stored(tf, matrices, outputsAreRows ? outputsFirst : inputsFirst, layout);
    }

    private static List<Integer> axes(List<Integer> block, List<Integer> rows, List<Integer> columns) {
        return Stream.of(block, rows, columns).flatMap(List::stream).toList();
    }

    private static boolean isInOrder(List<Integer> axes) {
        return axes.equals(axes.stream().sorted().toList());
    }

    /**
     * Brings matrices to the operand's axes, then back along the path to what is stored.
     *
     * @param order the axes of the operand in the order of the matrices' values
     */
    private static <T extends TNumber> Operand<T> stored(
            Ops tf, Operand<T> matrices, List<Integer> order, Layout layout) {
        KernelLayout kernel = layout.kernel();
        Operand<T> grouped = tf.reshape(
                matrices,
                tf.constant(order.stream().mapToLong(kernel.view()::get).toArray()));
        int[] back = new int[order.size()];
        for (int i = 0; i < back.length; i++) {
            back[order.get(i)] = i;
        }
        Operand<T> values = tf.linalg.transpose(grouped, tf.constant(back));
        return OperandPath.stored(tf, values, layout.operandShape(), layout.steps());
    }
}
