package org.lsuv.tf.diagnose;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.WeightedLayer;

/**
 * Follows the signal, as floating-point numbers, from the input at which its longest way starts to the output at which
 * that ends. Depth counts weighted layers along the longest way.
 */
final class SignalFlow {
    private final SignalGraph graph;
    private final Map<String, Integer> depths = new LinkedHashMap<>();
    private final Map<String, List<String>> sources = new HashMap<>();
    private final Map<String, WeightedLayer> layers = new HashMap<>();
    /** What every way from the source to an operation passes last; only of operations behind the source. */
    private final Map<String, String> dominators = new HashMap<>();

    private final Map<String, Integer> heights = new HashMap<>();
    private final String sink;

    SignalFlow(TfModel model, SignalGraph graph) {
        this.graph = graph;
        model.layers().forEach(layer -> layers.put(layer.linear().op(), layer));
        for (String name : graph.inOrder()) {
            if (!graph.isSignal(name) || !graph.isFloating(new TensorRef(name, 0))) {
                continue;
            }
            List<String> from = graph.inputs(name).stream()
                    .filter(graph::isFloatingSignal)
                    .map(TensorRef::op)
                    .distinct()
                    .filter(depths::containsKey)
                    .toList();
            sources.put(name, from);
            int before = from.stream().mapToInt(this::depth).max().orElse(0);
            depths.put(name, before + (layers.containsKey(name) ? 1 : 0));
        }
        this.sink = sink(model);
        dominate(longest().get(0));
    }

    private String sink(TfModel model) {
        List<String> outputs = model.outputs().values().stream()
                .map(TensorRef::op)
                .filter(depths::containsKey)
                .toList();
        List<String> ends = outputs.isEmpty() ? List.copyOf(depths.keySet()) : outputs;
        return ends.stream().max(Comparator.comparingInt(this::depth)).orElse("");
    }

    private void dominate(String source) {
        heights.put(source, 0);
        for (Map.Entry<String, List<String>> entry : inOrder().entrySet()) {
            String meeting = "";
            for (String from : entry.getValue()) {
                if (heights.containsKey(from)) {
                    meeting = meeting.isEmpty() ? from : common(meeting, from);
                }
            }
            if (!meeting.isEmpty() && !heights.containsKey(entry.getKey())) {
                dominators.put(entry.getKey(), meeting);
                heights.put(entry.getKey(), height(meeting) + 1);
            }
        }
    }

    private Map<String, List<String>> inOrder() {
        Map<String, List<String>> ordered = new LinkedHashMap<>();
        depths.keySet().forEach(name -> ordered.put(name, sources(name)));
        return ordered;
    }

    private int height(String name) {
        return Objects.requireNonNull(heights.get(name));
    }

    private String common(String a, String b) {
        String left = a;
        String right = b;
        while (!left.equals(right)) {
            if (height(left) >= height(right)) {
                left = Objects.requireNonNull(dominators.get(left));
            } else {
                right = Objects.requireNonNull(dominators.get(right));
            }
        }
        return left;
    }

    /** Tells whether there is any signal to follow. */
    boolean isEmpty() {
        return depths.isEmpty();
    }

    /** Tells whether an operation lies behind the source. */
    boolean isReached(String name) {
        return heights.containsKey(name);
    }

    int depth(String name) {
        return Objects.requireNonNull(depths.get(name), name);
    }

    boolean contains(String name) {
        return depths.containsKey(name);
    }

    /** Returns the operations whose floating-point results an operation reads. */
    List<String> sources(String name) {
        return sources.getOrDefault(name, List.of());
    }

    Optional<String> dominator(String name) {
        return Optional.ofNullable(dominators.get(name));
    }

    /** Returns the layer whose product an operation is. */
    Optional<WeightedLayer> layer(String name) {
        return Optional.ofNullable(layers.get(name));
    }

    /** Returns what every way from the source to the sink passes, in order. */
    List<String> trunk() {
        List<String> trunk = new ArrayList<>();
        for (String name = sink; !name.isEmpty(); name = dominators.getOrDefault(name, "")) {
            trunk.add(name);
        }
        Collections.reverse(trunk);
        return trunk;
    }

    /** Returns the way from the source to the sink that passes the most layers. */
    List<String> longest() {
        List<String> way = new ArrayList<>();
        String name = sink;
        while (!name.isEmpty()) {
            way.add(name);
            name = sources(name).stream()
                    .max(Comparator.comparingInt(this::depth))
                    .orElse("");
        }
        Collections.reverse(way);
        return way.isEmpty() ? List.of("") : way;
    }

    /**
     * Returns the layer that an operation belongs to: the one whose product it is computed from, with nothing but
     * itself in between that carries a weight or joins the ways of several.
     */
    Optional<WeightedLayer> owner(String name, Set<String> borders) {
        String at = name;
        while (!layers.containsKey(at)) {
            String before = dominators.getOrDefault(at, "");
            if (before.isEmpty() || depth(before) != depth(at) || borders.contains(before)) {
                return Optional.empty();
            }
            at = before;
        }
        return layer(at);
    }

    SignalGraph graph() {
        return graph;
    }
}
