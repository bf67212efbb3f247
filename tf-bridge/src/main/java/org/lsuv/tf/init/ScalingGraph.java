package org.lsuv.tf.init;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.layers.OnnxLayer;
import org.lsuv.tf.BatchNorm;
import org.lsuv.tf.GraphRewrite;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfRun;
import org.lsuv.tf.WeightedLayer;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TBool;
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
    private final Set<LayerGroup> unbiased;
    private final Set<LayerGroup> centred;
    private final Map<LayerGroup, TensorRef> targets = new LinkedHashMap<>();
    private final List<TensorRef> fetches = new ArrayList<>();
    private final List<Branch> branches;
    private final Squares squares;
    private final Set<LayerGroup> biased = new HashSet<>();
    private final Map<Branch, TensorRef> shares = new LinkedHashMap<>();
    private final Map<TensorRef, Moments> scaledChannels = new HashMap<>();

    /**
     * Rewrites a graph.
     *
     * @param groups the weights to scale
     * @param norms the batch normalisations that read the statistics of the batch
     * @param centred those of them whose bias brings the mean to zero
     * @param unbiased those whose biases are zero when the graph runs
     * @param branches the branches that get shares of their streams' variances
     * @param limits when a layer is left as it is
     * @param squares how squares are summed
     */
    ScalingGraph(
            TfModel model,
            List<LayerGroup> groups,
            Set<LayerGroup> centred,
            List<BatchNorm> norms,
            Set<LayerGroup> unbiased,
            List<Branch> branches,
            Solution.Limits limits,
            Squares squares) {
        this.squares = squares;
        this.groups = List.copyOf(groups);
        this.centred = Set.copyOf(centred);
        this.unbiased = Set.copyOf(unbiased);
        this.norms = List.copyOf(norms);
        this.branches = List.copyOf(branches);
        try (GraphRewrite rewrite = new GraphRewrite(model.graph())) {
            for (LayerGroup group : groups) {
                addScaling(rewrite, group, limits);
            }
            for (int i = 0; i < norms.size(); i++) {
                addStatistics(rewrite, model, norms.get(i), "norm." + i + ".");
            }
            for (Branch branch : branches) {
                addShare(rewrite, branch, limits);
            }
            this.graph = rewrite.finish(fetches);
        }
    }

    private void addScaling(GraphRewrite rewrite, LayerGroup group, Solution.Limits limits) {
        WeightedLayer leader = group.leader();
        Partition partition = group.partition();
        Ops tf = rewrite.tf().withName(scope(leader));
        Operand<TFloating> y = counted(tf, rewrite, leader);
        Operand<TFloat64> target = tf.placeholder(TFloat64.class, Placeholder.shape(Shape.of(partition.size())));
        Optional<Moments> channels = channelMoments(tf, leader, partition, y);
        Moments moments = channels.map(found -> found.pooled(tf, partition))
                .orElseGet(() -> Moments.of(tf, y, leader.channels().axis(), squares));
        Optional<Solution.BiasTerms> bias = biasTerms(rewrite, tf, group, y, channels, moments);
        Solution solution = Solution.of(tf, moments, bias, target, limits);
        Optional<Operand<TFloat64>> shift =
                centred.contains(group) ? Optional.of(shift(tf, solution, moments, bias)) : Optional.empty();
        channels.filter(found -> normalised(leader).isPresent())
                .ifPresent(found ->
                        scaledChannels.put(leader.linear(), found.scaled(tf, spread(tf, solution.scale(), partition))));
        targets.put(group, TensorRef.of(target));
        List<Operand<TFloat64>> columns = new ArrayList<>(List.of(
                solution.scale(),
                moments.mean(),
                solution.before(),
                moments.variance(),
                tf.dtypes.cast(moments.count(), TFloat64.class)));
        bias.ifPresent(terms -> columns.addAll(List.of(terms.variance(), terms.mean())));
        shift.ifPresent(columns::add);
        fetches.add(TensorRef.of(tf.stack(columns)));
        if (bias.isPresent()) {
            biased.add(group);
        }
        for (WeightedLayer use : group.scaledUses()) {
            Ops inUse = use.equals(leader) ? tf : rewrite.tf().withName(scope(use));
            Operand<TFloating> product = floating(rewrite.operand(use.linear()));
            Operand<TFloating> scaled =
                    inUse.math.mul(product, broadcast(inUse, solution.scale(), use, partition, product));
            if (shift.isPresent()) {
                scaled = inUse.math.sub(scaled, broadcast(inUse, shift.get(), use, partition, product));
            }
            rewrite.redirect(use.linear(), scaled, scope(use));
            if (unbiased.contains(group) && !centred.contains(group) && addsBias(rewrite, use)) {
                rewrite.redirect(use.blob(), scaled, scope(use));
            }
        }
    }

    /**
     * The branch is multiplied where it meets the stream, which is the same as multiplying what sets it: its variance
     * is known there, and so is the stream's, with all branches before it. The factor r solves r²·Var(B) + 2r·Cov(S, B)
     * = share·Var(S), without the middle term where the branch alone is to have the share.
     */
    private void addShare(GraphRewrite rewrite, Branch branch, Solution.Limits limits) {
        String scope = SCOPE + "join." + branch.join().index() + ".";
        Ops tf = rewrite.tf().withName(scope);
        Operand<TFloat64> share = tf.placeholder(TFloat64.class, Placeholder.shape(Shape.of(1)));
        Operand<TFloating> values = floating(rewrite.operand(branch.join().branch()));
        Operand<TFloating> stream = floating(rewrite.operand(branch.join().stream()));
        Operand<TFloat64> own = Moments.of(tf, values).variance();
        Operand<TFloat64> streams = Moments.of(tf, stream).variance();
        Operand<TFloat64> twice = tf.zerosLike(own);
        if (branch.measure() == JoinMeasure.GROWTH) {
            boolean subtracts = rewrite.operand(branch.join().sum()).op().type().equals("Sub");
            Operand<TFloating> sum = subtracts ? tf.math.sub(stream, values) : tf.math.add(stream, values);
            twice = tf.math.sub(tf.math.sub(Moments.of(tf, sum).variance(), streams), own);
        }
        Operand<TFloat64> wanted = tf.math.mul(share, streams);
        Operand<TFloat64> half = tf.math.mul(twice, tf.constant(0.5));
        Operand<TFloat64> ratio = tf.math.div(
                tf.math.sub(tf.math.sqrt(tf.math.add(tf.math.square(half), tf.math.mul(own, wanted))), half), own);
        Operand<TBool> off = tf.math.greater(
                tf.math.abs(tf.math.sub(tf.math.add(own, twice), wanted)),
                tf.math.mul(tf.constant(limits.band()), wanted));
        Operand<TBool> scalable = tf.math.logicalAnd(
                off, tf.math.logicalAnd(tf.math.isFinite(ratio), tf.math.greater(ratio, tf.constant(0.0))));
        Operand<TFloat64> factor = tf.select(scalable, ratio, tf.onesLike(ratio));
        Operand<TFloating> scaled = tf.math.mul(
                values, tf.reshape(tf.dtypes.cast(factor, values.asOutput().type()), tf.constant(new int[0])));
        shares.put(branch, TensorRef.of(share));
        fetches.add(TensorRef.of(factor));
        rewrite.redirect(branch.join().branch(), scaled, scope);
    }

    /** Tells whether a layer's blob is its product and a bias, of the product's shape for certain. */
    private static boolean addsBias(GraphRewrite rewrite, WeightedLayer layer) {
        Operation blob = rewrite.operand(layer.blob()).op();
        return blob.type().equals("BiasAdd")
                && rewrite.operand(layer.linear()).equals(((GraphOperation) blob).input(0));
    }

    private static Operand<TFloating> counted(Ops tf, GraphRewrite rewrite, WeightedLayer layer) {
        Operand<TFloating> y = floating(rewrite.operand(layer.linear()));
        return layer.active()
                .map(active -> tf.booleanMask(y, rewrite.operand(active).expect(TBool.class)))
                .orElse(y);
    }

    /** Where a normalisation follows, its statistics are the layer's own, and the data is read once for both. */
    private Optional<Moments> channelMoments(Ops tf, WeightedLayer layer, Partition partition, Operand<TFloating> y) {
        if (partition.axis().isPresent()) {
            return Optional.of(Moments.perChannel(tf, y, partition.axis().getAsInt(), squares));
        }
        return normalised(layer).map(norm -> Moments.perChannel(tf, y, norm.axis(), squares));
    }

    private Optional<Solution.BiasTerms> biasTerms(
            GraphRewrite rewrite,
            Ops tf,
            LayerGroup group,
            Operand<TFloating> y,
            Optional<Moments> channels,
            Moments moments) {
        Optional<WeightedLayer.Bias> bias = group.leader().bias();
        // A bias of zero adds nothing, and its covariance would cost another look at the data; what is centred has
        // a bias from the second run on.
        if (bias.isEmpty() || (unbiased.contains(group) && !centred.contains(group))) {
            return Optional.empty();
        }
        if (channels.isPresent() && group.partition().axis().isPresent()) {
            Operand<TFloating> values = floating(rewrite.operand(bias.get().tensor()));
            return Optional.of(Solution.BiasTerms.of(
                    tf,
                    channels.get(),
                    moments,
                    group.partition(),
                    values,
                    bias.get().factor()));
        }
        Operand<TFloating> values = aligned(tf, rewrite, bias.get(), y);
        return Optional.of(
                Solution.BiasTerms.of(tf, y, moments.mean(), values, bias.get().factor()));
    }

    /** Builds what the bias must lose so that the mean of s·y + b becomes zero. */
    private static Operand<TFloat64> shift(
            Ops tf, Solution solution, Moments moments, Optional<Solution.BiasTerms> bias) {
        Operand<TFloat64> scaled = tf.math.mul(solution.scale(), moments.mean());
        Operand<TFloat64> mean = bias.<Operand<TFloat64>>map(terms -> tf.math.add(scaled, terms.mean()))
                .orElse(scaled);
        return tf.select(tf.math.isFinite(mean), mean, tf.zerosLike(mean));
    }

    /** Builds one value for each channel from one for each part. */
    private static Operand<TFloat64> spread(Ops tf, Operand<TFloat64> parts, Partition partition) {
        return partition.isWhole() ? parts : tf.gather(parts, tf.constant(partition.ids()), tf.constant(0));
    }

    /**
     * Builds what to multiply a product by, or to subtract from it. Without a shape that is known for certain the
     * layout optimiser would leave the result in NCHW, and turn the operand and the result around.
     */
    private static Operand<TFloating> broadcast(
            Ops tf, Operand<TFloat64> parts, WeightedLayer use, Partition partition, Operand<TFloating> product) {
        int[] shape = new int[partition.isWhole() ? 0 : product.shape().numDimensions()];
        if (!partition.isWhole()) {
            Arrays.fill(shape, 1);
            int axis = use.channels().axis().orElseThrow();
            shape[Math.floorMod(axis, shape.length)] = Math.toIntExact(partition.channels());
        }
        return tf.reshape(
                tf.dtypes.cast(spread(tf, parts, partition), product.asOutput().type()), tf.constant(shape));
    }

    private Optional<BatchNorm> normalised(WeightedLayer layer) {
        return norms.stream()
                .filter(norm -> norm.input().equals(layer.linear()))
                .findFirst();
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
                .orElseGet(() -> Moments.perChannel(tf, floating(rewrite.operand(norm.input())), norm.axis(), squares));
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

    List<BatchNorm> norms() {
        return norms;
    }

    /**
     * Holds what one run found.
     *
     * @param scales what was solved, by group, one element a part
     * @param statistics the batch's mean and variance by name of the stored tensor, as float64
     * @param branches what each branch was multiplied by
     */
    record Outcome(
            Map<LayerGroup, List<Scaling>> scales, Map<String, OnnxTensor> statistics, Map<Branch, Double> branches) {

        /**
         * Tells whether the leader of a group is constant, as the first step of a recurrence is that starts from zeros:
         * it says nothing of the scale.
         */
        boolean isConstant(LayerGroup group) {
            return scales.getOrDefault(group, List.of()).stream().allMatch(Degeneracy::isConstant);
        }
    }

    /**
     * Holds what was found for one part of a layer.
     *
     * @param scale s, 1 where the layer was left as it is
     * @param mean E[y]
     * @param before Var(y + b) before the scaling
     * @param product Var(y) before the scaling
     * @param bias Var(b)
     * @param biasMean E[b]
     * @param count the number of values
     * @param shift what the bias must lose to bring the mean to zero
     */
    record Scaling(
            double scale,
            double mean,
            double before,
            double product,
            double bias,
            double biasMean,
            long count,
            double shift) {}

    /** Runs the graph once, with inputs and weights fed already. */
    Outcome run(TfRun run, Map<LayerGroup, double[]> wanted) {
        targets.forEach((group, placeholder) -> run.feed(
                placeholder,
                OnnxTensor.ofDoubles(
                        "",
                        OnnxType.DOUBLE,
                        new long[] {group.partition().size()},
                        wanted.getOrDefault(group, unwanted(group)))));
        shares.forEach((branch, placeholder) -> run.feed(
                placeholder,
                OnnxTensor.ofDoubles(
                        "",
                        OnnxType.DOUBLE,
                        new long[] {1},
                        branch.isOpen() ? branch.search().aim() : Double.NaN)));
        List<OnnxTensor> results = run.fetch(fetches);
        Map<LayerGroup, List<Scaling>> scales = new LinkedHashMap<>();
        int position = 0;
        for (LayerGroup group : groups) {
            scales.put(group, scalings(group, results.get(position++).toDoubles()));
        }
        Map<String, OnnxTensor> statistics = new LinkedHashMap<>();
        for (BatchNorm norm : norms) {
            statistics.put(norm.mean(), results.get(position++));
            statistics.put(norm.variance(), results.get(position++));
        }
        Map<Branch, Double> factors = new LinkedHashMap<>();
        for (Branch branch : branches) {
            factors.put(branch, results.get(position++).toDoubles()[0]);
        }
        return new Outcome(scales, statistics, factors);
    }

    /** Reads the columns in which a layer's parts were stacked; what a layer does not have is 0. */
    private List<Scaling> scalings(LayerGroup group, double[] stacked) {
        int parts = group.partition().size();
        boolean bias = biased.contains(group);
        List<Scaling> found = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            int start = part;
            IntToDoubleFunction column = i -> stacked[i * parts + start];
            found.add(new Scaling(
                    column.applyAsDouble(0),
                    column.applyAsDouble(1),
                    column.applyAsDouble(2),
                    column.applyAsDouble(3),
                    bias ? column.applyAsDouble(5) : 0,
                    bias ? column.applyAsDouble(6) : 0,
                    (long) column.applyAsDouble(4),
                    centred.contains(group) ? column.applyAsDouble(bias ? 7 : 5) : 0));
        }
        return found;
    }

    private static double[] unwanted(LayerGroup group) {
        double[] none = new double[group.partition().size()];
        Arrays.fill(none, Double.NaN);
        return none;
    }
}
