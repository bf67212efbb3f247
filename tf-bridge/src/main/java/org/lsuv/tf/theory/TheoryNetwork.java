package org.lsuv.tf.theory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.lsuv.tf.GraphRewrite;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * Draws many networks at once, each with its own weights, and runs them side by side: every draw is a sample of the
 * batch, and its M that sample's mean square.
 *
 * @param draws the number of networks
 * @param width the number of units of each layer
 * @param seed the seed of all weights
 */
record TheoryNetwork(int draws, int width, long seed) {

    /** TensorFlow Java crashes on a graph without any operation. */
    private static final GraphDef START = GraphDef.newBuilder()
            .addNode(NodeDef.newBuilder().setName("start").setOp("NoOp"))
            .build();

    /** Lists how a branch of two layers ends. */
    enum End {
        LINEAR,
        RELU
    }

    /**
     * Returns ln M of each layer of each draw of a fully connected network, behind its ReLU: by layer, that of the
     * input first, then by draw.
     */
    List<double[]> plain(TheoryLaw law, int depth, TfOptions options) {
        return run(depth, options, (tf, x, layer) -> tf.nn.relu(product(tf, x, law, layer)));
    }

    /**
     * Returns ln M of the stream x + η·N(x) behind each block, likewise.
     *
     * @param scale η by number of the block
     */
    List<double[]> residual(int blocks, IntFunction<Double> scale, End end, TfOptions options) {
        return run(blocks, options, (tf, x, block) -> {
            Operand<TFloat32> hidden = tf.nn.relu(product(tf, x, TheoryLaw.HE, 2 * block));
            Operand<TFloat32> branch = product(tf, hidden, TheoryLaw.HE, 2 * block + 1);
            Operand<TFloat32> ended = end == End.RELU ? tf.nn.relu(branch) : branch;
            return tf.math.add(
                    x, tf.math.mul(ended, tf.constant(scale.apply(block).floatValue())));
        });
    }

    private interface Step {
        Operand<TFloat32> apply(Ops tf, Operand<TFloat32> x, int index);
    }

    private List<double[]> run(int steps, TfOptions options, Step step) {
        try (GraphRewrite builder = new GraphRewrite(START)) {
            List<TensorRef> squares = new ArrayList<>();
            Operand<TFloat32> x = builder.tf()
                    .random
                    .statelessRandomNormal(
                            builder.tf().constant(new int[] {draws, width}),
                            builder.tf().constant(new long[] {seed, -1}));
            squares.add(meanSquares(builder.tf(), x));
            for (int i = 0; i < steps; i++) {
                // Else all weights would be drawn, and held, before the first is used.
                Ops tf = builder.tf().withControlDependencies(List.of(x));
                x = step.apply(tf, x, i);
                squares.add(meanSquares(builder.tf(), x));
            }
            try (TfRun run = TfRun.open(builder.finish(), options)) {
                return run.fetch(squares).stream()
                        .map(found ->
                                Arrays.stream(found.toDoubles()).map(Math::log).toArray())
                        .toList();
            }
        }
    }

    /** Returns M of each draw. */
    private static TensorRef meanSquares(Ops tf, Operand<TFloat32> x) {
        Operand<TFloat64> wide = tf.dtypes.cast(x, TFloat64.class);
        return TensorRef.of(tf.math.mean(tf.math.square(wide), tf.constant(1)));
    }

    private Operand<TFloat32> product(Ops tf, Operand<TFloat32> x, TheoryLaw law, int layer) {
        Operand<TFloat32> weights = law.draw(tf, draws, width, seed * 1_000_003 + layer);
        Operand<TFloat32> rows = tf.reshape(x, tf.constant(new int[] {draws, 1, width}));
        return tf.reshape(tf.train.batchMatMul(rows, weights, TFloat32.class), tf.constant(new int[] {draws, width}));
    }
}
