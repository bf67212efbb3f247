package org.lsuv.tf.init;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.layers.OnnxLayer;
import org.lsuv.tf.BatchNorm;
import org.lsuv.tf.GraphRewrite;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfRun;
import org.lsuv.tf.WeightedLayer;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.family.TFloating;

/**
 * Rewrites a graph so that one run measures and scales every layer: behind each product y stands s·y, with
 * s solved from y's own moments, and everything that read y reads s·y. Batch normalisations read the
 * statistics of their own input instead of the stored ones.
 */
final class ScalingGraph {
    private static final String SCOPE = "lsuv.";

    private final GraphDef graph;
    private final List<LayerGroup> groups;
    private final List<BatchNorm> norms;
    private final BiasRule biases;
    private final Map<LayerGroup, TensorRef> targets = new LinkedHashMap<>();
    private final List<TensorRef> fetches = new ArrayList<>();
    private final Map<TensorRef, Moments> scaledChannels = new HashMap<>();

    /**
     * Rewrites a graph.
     *
     * @param groups the weights to scale
     * @param norms the batch normalisations that read the statistics of the batch
     * @param biases what the biases are when the graph runs
     * @param limits when a layer is left as it is
     */
    ScalingGraph(
            TfModel model, List<LayerGroup> groups, List<BatchNorm> norms, BiasRule biases, Solution.Limits limits) {
        this.groups = List.copyOf(groups);
        this.biases = biases;
        this.norms = List.copyOf(norms);
        try (GraphRewrite rewrite = new GraphRewrite(model.graph())) {
            for (LayerGroup group : groups) {
                addScaling(rewrite, group, limits);
            }
            for (int i = 0; i < norms.size(); i++) {
                addStatistics(rewrite, model, norms.get(i), "norm." + i + ".");
            }
            this.graph = rewrite.finish();
        }
    }

    private void addScaling(GraphRewrite rewrite, LayerGroup group, Solution.Limits limits) {
        WeightedLayer leader = group.leader();
        String scope = scope(leader);
        Ops tf = rewrite.tf().withName(scope);
        Operand<TFloating> y = floating(rewrite.operand(leader.linear()));
        Operand<TFloat64> target = tf.placeholder(TFloat64.class, Placeholder.shape(Shape.scalar()));
        // Where a normalisation follows, its statistics are the layer's own, and the data is read once for both.
        Optional<Moments> channels = isNormalised(leader) ? Optional.of(Moments.perChannel(tf, y)) : Optional.empty();
        Moments moments = channels.map(found -> found.pooled(tf)).orElseGet(() -> Moments.of(tf, y));
        // A bias of zero adds nothing, and its covariance would cost another look at the data.
        Solution.BiasTerms bias = leader.bias()
                .filter(found -> biases != BiasRule.ZERO)
                .map(found ->
                        Solution.BiasTerms.of(tf, y, moments.mean(), aligned(tf, rewrite, found, y), found.factor()))
                .orElseGet(() -> Solution.BiasTerms.none(tf));
        Solution solution = Solution.of(tf, moments, bias, target, limits);
        channels.ifPresent(found -> scaledChannels.put(leader.linear(), found.scaled(tf, solution.scale())));
        targets.put(group, TensorRef.of(target));
        for (Operand<?> fetch :
                List.of(solution.scale(), moments.mean(), solution.before(), solution.product(), solution.bias())) {
            fetches.add(TensorRef.of(fetch));
        }
        fetches.add(TensorRef.of(tf.dtypes.cast(moments.count(), TFloat64.class)));
        for (WeightedLayer use : group.uses()) {
            Ops inUse = use.equals(leader) ? tf : rewrite.tf().withName(scope(use));
            Operand<TFloating> product = floating(rewrite.operand(use.linear()));
            // Without a rank that is known for certain the layout optimiser would leave this product in NCHW, and
            // turn its operand and its result around.
            Operand<TFloating> scale = inUse.reshape(
                    inUse.dtypes.cast(solution.scale(), product.asOutput().type()), inUse.constant(new int[0]));
            rewrite.redirect(use.linear(), inUse.math.mul(product, scale), scope(use));
        }
    }

    private boolean isNormalised(WeightedLayer layer) {
        return norms.stream().anyMatch(norm -> norm.input().equals(layer.linear()));
    }

    /** Gives the bias a shape whose axes align with those of y from the last. */
    private static Operand<TFloating> aligned(
            Ops tf, GraphRewrite rewrite, WeightedLayer.Bias bias, Operand<TFloating> y) {
        Operand<TFloating> values = floating(rewrite.operand(bias.tensor()));
        if (bias.broadcast() == OnnxLayer.Broadcast.TRAILING) {
            return values;
        }
        int[] shape = new int[y.shape().numDimensions() - 1];
        Arrays.fill(shape, 1);
        shape[0] = -1;
        return tf.reshape(values, tf.constant(shape));
    }

    private void addStatistics(GraphRewrite rewrite, TfModel model, BatchNorm norm, String scope) {
        Ops tf = rewrite.tf().withName(SCOPE + scope);
        Moments moments = Optional.ofNullable(scaledChannels.get(norm.input()))
                .orElseGet(() -> Moments.perChannel(tf, floating(rewrite.operand(norm.input()))));
        replace(rewrite, tf, model, norm.mean(), moments.mean());
        replace(rewrite, tf, model, norm.variance(), moments.variance());
        fetches.add(TensorRef.of(moments.mean()));
        fetches.add(TensorRef.of(moments.variance()));
    }

    private static void replace(
            GraphRewrite rewrite, Ops tf, TfModel model, String stored, Operand<TFloat64> statistics) {
        TensorRef placeholder = model.weight(stored).tensor();
        Operand<TFloating> old = floating(rewrite.operand(placeholder));
        rewrite.redirect(placeholder, tf.dtypes.cast(statistics, old.asOutput().type()), SCOPE);
    }

    private static String scope(WeightedLayer layer) {
        return SCOPE + "layer." + layer.index() + ".";
    }

    @SuppressWarnings("unchecked") // Layers and normalisations are found on floating-point values only.
    private static Operand<TFloating> floating(Operand<?> operand) {
        return (Operand<TFloating>) operand;
    }

    GraphDef graph() {
        return graph;
    }

    /**
     * Holds what one run found.
     *
     * @param scales what was solved, by group
     * @param statistics the batch's mean and variance by name of the stored tensor, as float64
     */
    record Outcome(Map<LayerGroup, Scaling> scales, Map<String, OnnxTensor> statistics) {}

    /**
     * Holds what was found for one layer.
     *
     * @param scale s, 1 where the layer was left as it is
     * @param mean E[y]
     * @param before Var(y + b) before the scaling
     * @param product Var(y) before the scaling
     * @param bias Var(b)
     * @param count the number of values
     */
    record Scaling(double scale, double mean, double before, double product, double bias, long count) {}

    /** Runs the graph once, with inputs and weights fed already. */
    Outcome run(TfRun run, Map<LayerGroup, Double> wanted) {
        targets.forEach((group, placeholder) -> run.feed(
                placeholder,
                OnnxTensor.ofDoubles("", OnnxType.DOUBLE, new long[0], wanted.getOrDefault(group, Double.NaN))));
        List<OnnxTensor> results = run.fetch(fetches);
        Map<LayerGroup, Scaling> scales = new LinkedHashMap<>();
        int position = 0;
        for (LayerGroup group : groups) {
            double[] values = new double[6];
            for (int i = 0; i < values.length; i++) {
                values[i] = results.get(position++).toDoubles()[0];
            }
            scales.put(group, new Scaling(values[0], values[1], values[2], values[3], values[4], (long) values[5]));
        }
        Map<String, OnnxTensor> statistics = new LinkedHashMap<>();
        for (BatchNorm norm : norms) {
            statistics.put(norm.mean(), results.get(position++));
            statistics.put(norm.variance(), results.get(position++));
        }
        return new Outcome(scales, statistics);
    }
}
