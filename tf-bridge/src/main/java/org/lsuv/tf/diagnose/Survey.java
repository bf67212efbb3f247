package org.lsuv.tf.diagnose;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.lsuv.onnx.layers.OutputChannels;
import org.lsuv.tf.GraphRewrite;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.residual.Join;
import org.tensorflow.ndarray.Shape;

/** Finds in a graph what there is to measure, before anything is run. */
final class Survey {
    /** A trunk with fewer points behind the input says too little. */
    private static final int FEWEST_POINTS = 3;

    /** A value of the source is spelled with no more operations than these. */
    private static final int NEAR = 50;

    private final TfModel model;
    private final DiagnoseOptions.Activations measured;
    private final SignalGraph graph;
    private final SignalFlow flow;
    private final List<ActivationFunction> functions;
    private final List<Join> joins;
    private final Set<String> norms;
    private final Map<Integer, Integer> activations = new HashMap<>();
    private final Map<Integer, Integer> owners = new HashMap<>();
    private final Map<TensorRef, String> names;

    /**
     * Looks at a model.
     *
     * @param rewrite a copy of its graph
     * @param measured whether non-linearities are points of ways
     */
    Survey(TfModel model, GraphRewrite rewrite, DiagnoseOptions.Activations measured) {
        this.model = model;
        this.measured = measured;
        this.graph = new SignalGraph(model, rewrite);
        this.flow = new SignalFlow(model, graph);
        this.norms = NormalizationFinder.find(model, graph, flow);
        this.functions = ActivationFinder.find(graph).stream()
                .filter(function -> flow.contains(function.output().op())
                        && flow.depth(function.output().op()) > 0)
                .toList();
        this.joins = org.lsuv.tf.residual.Residuals.find(model).joins();
        this.names = model.names();
        model.layers().forEach(layer -> names.put(layer.blob(), layer.output()));
        assign();
    }

    /** Finds for each layer the non-linearity that bends its output, and for each of those the layer. */
    private void assign() {
        Set<String> borders = new HashSet<>();
        functions.forEach(function -> borders.add(function.output().op()));
        for (int i = 0; i < functions.size(); i++) {
            int index = i;
            flow.owner(functions.get(i).root().op(), borders).ifPresent(layer -> {
                owners.put(index, layer.index());
                activations.putIfAbsent(layer.index(), index);
            });
        }
    }

    SignalGraph graph() {
        return graph;
    }

    SignalFlow flow() {
        return flow;
    }

    List<ActivationFunction> functions() {
        return functions;
    }

    List<Join> joins() {
        return joins;
    }

    /** Tells whether the signal gets a new scale behind an operation. */
    boolean isNormalisation(String name) {
        return norms.contains(name);
    }

    /** Returns which of the non-linearities bends a layer's output. */
    OptionalInt activation(WeightedLayer layer) {
        Integer index = activations.get(layer.index());
        return index == null ? OptionalInt.empty() : OptionalInt.of(index);
    }

    /** Returns the layer whose output a non-linearity bends. */
    OptionalInt owner(int function) {
        Integer layer = owners.get(function);
        return layer == null ? OptionalInt.empty() : OptionalInt.of(layer);
    }

    /** Returns the layers whose output is normalised before another layer reads it. */
    Set<Integer> normalised() {
        Set<Integer> layers = new HashSet<>();
        norms.forEach(name -> flow.owner(name, Set.of()).ifPresent(layer -> layers.add(layer.index())));
        return layers;
    }

    /** Returns the name of a tensor in the source, or where it has none there, that of what is computed from it next. */
    String name(TensorRef tensor) {
        String own = names.get(tensor);
        Deque<String> open = new ArrayDeque<>(List.of(tensor.op()));
        for (int step = 0; own == null && step < NEAR && !open.isEmpty(); step++) {
            String name = open.remove();
            own = names.get(new TensorRef(name, 0));
            open.addAll(graph.readers(name));
        }
        return own == null ? tensor.op() : own;
    }

    int depth(TensorRef tensor) {
        return flow.contains(tensor.op()) ? flow.depth(tensor.op()) : 0;
    }

    /**
     * Describes a point of a way.
     *
     * @param tensor what is measured
     * @param kind what it is
     */
    record Stop(TensorRef tensor, PathPoint.Kind kind) {}

    /** Returns the kind of the way that stands for the network. */
    SignalPath.Kind pathKind() {
        List<String> trunk = flow.trunk();
        boolean tells = stops(trunk).size() > FEWEST_POINTS || flow.longest().equals(trunk);
        return tells ? SignalPath.Kind.TRUNK : SignalPath.Kind.LONGEST;
    }

    /** Returns the operations of the way that stands for the network, in order. */
    List<String> way() {
        return pathKind() == SignalPath.Kind.TRUNK ? flow.trunk() : flow.longest();
    }

    /** Returns where to measure on a way: at each depth the last value that a layer, a non-linearity or a join gives. */
    List<Stop> stops(List<String> way) {
        Map<String, Stop> candidates = new HashMap<>();
        model.layers()
                .forEach(layer -> candidates.put(layer.blob().op(), new Stop(layer.blob(), PathPoint.Kind.LAYER)));
        joins.forEach(join -> candidates.put(join.sum().op(), new Stop(join.sum(), PathPoint.Kind.JOIN)));
        if (measured == DiagnoseOptions.Activations.MEASURE) {
            functions.forEach(function ->
                    candidates.put(function.output().op(), new Stop(function.output(), PathPoint.Kind.ACTIVATION)));
        }
        Map<Integer, Stop> byDepth = new LinkedHashMap<>();
        for (String name : way) {
            if (name.isEmpty()) {
                continue;
            }
            TensorRef tensor = new TensorRef(name, 0);
            Stop stop = isMeeting(name) ? new Stop(tensor, PathPoint.Kind.JOIN) : candidates.get(name);
            if (stop == null && byDepth.isEmpty()) {
                stop = new Stop(tensor, PathPoint.Kind.INPUT);
            }
            if (stop != null && graph.isMeasurable(stop.tensor())) {
                byDepth.put(flow.depth(name), stop);
            }
        }
        return withoutHead(new ArrayList<>(byDepth.values()));
    }

    /** Tells whether ways meet in an operation, be it the end of a residual block or not. */
    private boolean isMeeting(String name) {
        List<String> sources = flow.sources(name);
        return switch (graph.op(name)) {
            case "Concat", "ConcatV2" -> sources.size() > 1;
            // Ways without layers are the spelling of a function, such as x + x³.
            case "Add", "AddN", "AddV2", "Sub" ->
                sources.stream().filter(flow::isReached).count() > 1
                        && flow.dominator(name).stream().anyMatch(fork -> flow.depth(fork) < flow.depth(name));
            default -> false;
        };
    }

    /** M is taken behind the non-linearity; the linear layer at the end, often zero on purpose, has none. */
    private static List<Stop> withoutHead(List<Stop> stops) {
        int last = stops.size() - 1;
        boolean bends = stops.stream()
                .anyMatch(stop -> stop.kind() == PathPoint.Kind.ACTIVATION || stop.kind() == PathPoint.Kind.JOIN);
        return bends && last > 0 && stops.get(last).kind() == PathPoint.Kind.LAYER ? stops.subList(0, last) : stops;
    }

    /** Returns the axis of channels in a tensor: that of the nearest layer before it, as far as that has the same rank. */
    OptionalInt channelAxis(TensorRef tensor) {
        Shape shape = graph.shape(tensor);
        if (shape.isUnknown() || shape.numDimensions() < 2) {
            return OptionalInt.empty();
        }
        int rank = shape.numDimensions();
        String at = tensor.op();
        while (!at.isEmpty()) {
            Optional<WeightedLayer> layer = flow.layer(at);
            if (layer.isPresent()) {
                OutputChannels channels = layer.get().channels();
                Shape own = graph.shape(layer.get().blob());
                boolean fits = !own.isUnknown()
                        && own.numDimensions() == rank
                        && channels.axis().isPresent()
                        && shape.get(Math.floorMod(channels.axis().getAsInt(), rank))
                                == own.get(Math.floorMod(channels.axis().getAsInt(), rank));
                return fits ? channels.axis() : byRank(rank);
            }
            at = flow.dominator(at).orElse("");
        }
        return byRank(rank);
    }

    private static OptionalInt byRank(int rank) {
        return OptionalInt.of(rank < 4 ? -1 : 1);
    }

    /** Returns what the model gives. */
    Collection<TensorRef> outputs() {
        return model.outputs().values();
    }
}
