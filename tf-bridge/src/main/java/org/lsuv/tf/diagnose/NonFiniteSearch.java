package org.lsuv.tf.diagnose;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.GraphRewrite;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfRun;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.family.TNumber;

/**
 * Looks through all values that some bad ones are computed from, and finds the operations that give NaN or infinite
 * values and read none. Masks of −∞ that a softmax takes away again lead nowhere, and are not found.
 */
final class NonFiniteSearch {
    private static final String SCOPE = "nonfinite.";

    private final Survey survey;
    private final List<TensorRef> bad;
    private final List<TensorRef> tensors = new ArrayList<>();
    private final List<TensorRef> fetches = new ArrayList<>();
    private final GraphDef graph;

    NonFiniteSearch(Survey survey, GraphDef definition, List<TensorRef> bad) {
        this.survey = survey;
        this.bad = List.copyOf(bad);
        SignalGraph signals = survey.graph();
        Set<TensorRef> all = new HashSet<>(bad);
        Set<String> ancestors = signals.ancestors(bad);
        ancestors.forEach(name -> all.addAll(signals.inputs(name)));
        all.removeIf(tensor -> !signals.isMeasurable(tensor));
        try (GraphRewrite rewrite = new GraphRewrite(definition)) {
            for (TensorRef tensor : all) {
                Ops tf = rewrite.tf().withName(SCOPE + tensors.size() + ".");
                tensors.add(tensor);
                fetches.add(TensorRef.of(count(tf, rewrite.operand(tensor))));
            }
            this.graph = rewrite.finish();
        }
    }

    static boolean isNeeded(Collection<SignalStatistics> signals) {
        return signals.stream().anyMatch(signal -> signal.nonFinite() > 0);
    }

    @SuppressWarnings("unchecked") // Only floating-point tensors are looked at.
    private static Operand<TFloat64> count(Ops tf, Operand<?> operand) {
        Operand<TFloat64> wide = tf.dtypes.cast((Operand<TNumber>) operand, TFloat64.class);
        Operand<TFloat64> counted = tf.dtypes.cast(tf.math.logicalNot(tf.math.isFinite(wide)), TFloat64.class);
        return tf.reduceSum(tf.reshape(counted, tf.constant(new int[] {-1})), tf.constant(0));
    }

    GraphDef graph() {
        return graph;
    }

    /** Runs the graph once; tells how many values of each tensor are not finite. */
    Map<TensorRef, Long> run(TfRun run) {
        List<OnnxTensor> results = run.fetch(fetches);
        Map<TensorRef, Long> counts = new HashMap<>();
        for (int i = 0; i < tensors.size(); i++) {
            counts.put(tensors.get(i), (long) results.get(i).toDoubles()[0]);
        }
        return counts;
    }

    /** Returns where bad values come from, in execution order. */
    List<NonFiniteOrigin> origins(Collection<Map<TensorRef, Long>> runs) {
        Map<TensorRef, Long> counts = new HashMap<>();
        runs.forEach(run -> run.forEach((tensor, count) -> counts.merge(tensor, count, Long::sum)));
        SignalGraph signals = survey.graph();
        List<NonFiniteOrigin> origins = new ArrayList<>();
        Set<TensorRef> seen = new HashSet<>();
        Deque<TensorRef> open = new ArrayDeque<>(bad);
        List<TensorRef> first = new ArrayList<>();
        while (!open.isEmpty()) {
            TensorRef tensor = open.remove();
            if (!seen.add(tensor)) {
                continue;
            }
            List<TensorRef> guilty = signals.inputs(tensor.op()).stream()
                    .filter(input -> counts.getOrDefault(input, 0L) > 0)
                    .toList();
            if (guilty.isEmpty()) {
                first.add(tensor);
            }
            open.addAll(guilty);
        }
        List<String> order = List.copyOf(signals.inOrder());
        Map<String, Integer> position = new HashMap<>();
        order.forEach(name -> position.put(name, position.size()));
        first.sort(Comparator.comparingInt(tensor -> position.getOrDefault(tensor.op(), 0)));
        for (TensorRef tensor : first) {
            boolean onWay = survey.flow().contains(tensor.op());
            origins.add(new NonFiniteOrigin(
                    survey.name(tensor),
                    signals.op(tensor.op()),
                    counts.getOrDefault(tensor, 0L),
                    onWay ? survey.depth(tensor) : -1));
        }
        return origins;
    }
}
