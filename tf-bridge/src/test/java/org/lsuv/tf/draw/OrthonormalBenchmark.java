package org.lsuv.tf.draw;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.layers.KernelLayout;
import org.lsuv.onnx.layers.WeightPath;
import org.lsuv.tf.TfOptions;

/**
 * Prints how long orthonormal weights take beside NumPy's QR, in turn and in one run. Maven runs it only where it is
 * named; {@code LSUV_PYTHON} names a Python with NumPy.
 */
class OrthonormalBenchmark {
    private static final int ROUNDS = 3;

    private record Kernel(int fanIn, int out) {
        @Override
        public String toString() {
            return fanIn + "x" + out;
        }
    }

    /** Returns the kernels of ResNet-50 (He et al. 2015, table 1): the stem, bottlenecks with their shortcuts, the head. */
    private static List<Kernel> resNet50() {
        List<Kernel> kernels = new ArrayList<>(List.of(new Kernel(7 * 7 * 3, 64)));
        int[] blocks = {3, 4, 6, 3};
        int in = 64;
        for (int stage = 0; stage < blocks.length; stage++) {
            int width = 64 << stage;
            for (int block = 0; block < blocks[stage]; block++) {
                kernels.add(new Kernel(in, width));
                kernels.add(new Kernel(9 * width, width));
                kernels.add(new Kernel(width, 4 * width));
                if (block == 0) {
                    kernels.add(new Kernel(in, 4 * width));
                }
                in = 4 * width;
            }
        }
        kernels.add(new Kernel(in, 1000));
        return kernels;
    }

    @Test
    void besideNumpy() throws IOException, InterruptedException {
        compare("ResNet-50, all layers", resNet50(), ROUNDS);
        compare("4096x4096", List.of(new Kernel(4096, 4096)), 1);
    }

    private static void compare(String what, List<Kernel> kernels, int rounds)
            throws IOException, InterruptedException {
        draw(List.of(new Kernel(300, 150))); // Loads TensorFlow.
        double ours = Double.POSITIVE_INFINITY;
        double numpy = Double.POSITIVE_INFINITY;
        List<OnnxTensor> drawn = List.of();
        for (int round = 0; round < rounds; round++) {
            long start = System.nanoTime();
            drawn = draw(kernels);
            ours = Math.min(ours, (System.nanoTime() - start) / 1e9);
            numpy = Math.min(numpy, numpy(kernels));
        }
        System.out.printf(
                Locale.ROOT,
                "%s: lsuv-init %.2f s, NumPy %.2f s, ratio %.1f; greatest entry of QᵀQ - I near the last columns %.1e%n",
                what,
                ours,
                numpy,
                numpy / ours,
                error(kernels, drawn));
    }

    private static List<OnnxTensor> draw(List<Kernel> kernels) {
        try (Orthonormal orthonormal = new Orthonormal(TfOptions.defaults())) {
            List<ParallelDraws.Task> tasks = new ArrayList<>();
            for (Kernel kernel : kernels) {
                List<Long> shape = List.of((long) kernel.fanIn(), (long) kernel.out());
                KernelLayout layout = new KernelLayout(shape, List.of(), List.of(0), List.of(1), List.of(1));
                WeightPath path = new WeightPath("w", "w", OnnxType.FLOAT, shape, shape, List.of());
                int seed = tasks.size();
                tasks.add(new ParallelDraws.Task(
                        (long) kernel.fanIn() * kernel.out(), () -> orthonormal.draw(layout, path, seed)));
            }
            return ParallelDraws.all(tasks, 0, done -> {});
        }
    }

    /** Returns the seconds that NumPy takes, its own start apart. */
    private static double numpy(List<Kernel> kernels) throws IOException, InterruptedException {
        String python = System.getenv().getOrDefault("LSUV_PYTHON", "python3");
        String script = System.getProperty("lsuv.root", "..") + "/testdata/generate/numpy_qr.py";
        List<String> command = new ArrayList<>(List.of(python, script));
        kernels.forEach(kernel -> command.add(kernel.toString()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader reader = process.inputReader()) {
            String said = reader.lines().collect(Collectors.joining());
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", command.subList(0, 2)) + " failed");
            }
            return Double.parseDouble(said);
        }
    }

    /** The last vectors are the worst: they lose most of what they were. */
    private static double error(List<Kernel> kernels, List<OnnxTensor> drawn) {
        double largest = 0;
        for (int i = 0; i < kernels.size(); i++) {
            Kernel kernel = kernels.get(i);
            int count = Math.min(16, Math.min(kernel.fanIn(), kernel.out()));
            double[][] vectors = last(drawn.get(i).toDoubles(), kernel, count);
            for (double[] one : vectors) {
                for (double[] other : vectors) {
                    double product = 0;
                    for (int k = 0; k < one.length; k++) {
                        product += one[k] * other[k];
                    }
                    largest = Math.max(largest, Math.abs(product - (one == other ? 1 : 0)));
                }
            }
        }
        return largest;
    }

    private static double[][] last(double[] values, Kernel kernel, int count) {
        double[][] vectors = new double[count][];
        for (int v = 0; v < count; v++) {
            if (kernel.fanIn() < kernel.out()) {
                int start = (kernel.fanIn() - 1 - v) * kernel.out();
                vectors[v] = Arrays.copyOfRange(values, start, start + kernel.out());
            } else {
                int column = kernel.out() - 1 - v;
                vectors[v] = new double[kernel.fanIn()];
                Arrays.setAll(vectors[v], row -> values[row * kernel.out() + column]);
            }
        }
        return vectors;
    }
}
