package org.lsuv.tf.residual;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lsuv.tf.BatchNorm;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.WeightedLayer;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;

/** Looks at every sum and every concatenation of a graph, in execution order. */
final class ResidualSearch {
    private static final Set<String> SUMS = Set.of("Add", "AddN", "AddV2", "Sub");
    private static final Set<String> VIEWS = Set.of("Cast", "Identity", "Reshape", "Transpose");
    private static final Set<String> SOFTMAXES = Set.of("LogSoftmax", "Softmax");

    private final TfModel model;
    private final DataFlow flow;
    private final StreamWalk walk;
    private final Tails tails;
    private final Map<TensorRef, String> names;
    private final List<Join> joins = new ArrayList<>();
    private final List<Concatenation> concatenations = new ArrayList<>();
    private final List<Highway> highways = new ArrayList<>();

    ResidualSearch(TfModel model) {
        this.model = model;
        this.flow = new DataFlow(model);
        this.walk = new StreamWalk(flow);
        Map<String, BatchNorm> statistics = new HashMap<>();
        for (BatchNorm norm : model.batchNorms()) {
            statistics.put(norm.mean(), norm);
            statistics.put(norm.variance(), norm);
        }
        this.tails = new Tails(flow, statistics);
        this.names = model.names();
    }

    /** Holds how a summand may be a stream, seen from another one. */
    private record Found(StreamWalk.Step fork, TensorRef stream, TensorRef branch, Region region) {
        int layers() {
            return region.layers().size();
        }
    }

    Residuals run() {
        try (Graph shapes = new Graph()) {
            shapes.importGraphDef(model.graph());
            for (int node = 0; node < flow.size(); node++) {
                if (SUMS.contains(flow.op(node)) && Floats.is(flow.node(node), "T")) {
                    sum(node, shapes);
                } else if (flow.op(node).equals("ConcatV2") && Floats.is(flow.node(node), "T")) {
                    concatenation(node);
                }
            }
        }
        return new Residuals(joins, concatenations, highways);
    }

    private void sum(int node, Graph shapes) {
        List<TensorRef> operands = flow.dataInputs(node).stream().distinct().toList();
        if (operands.size() < 2) {
            return;
        }
        Highways.of(flow, node, name(new TensorRef(flow.node(node).getName(), 0)))
                .ifPresent(highways::add);
        @Nullable Found best = null;
        for (TensorRef stream : operands) {
            for (TensorRef branch : operands) {
                Optional<Found> found =
                        stream.equals(branch) ? Optional.empty() : residual(node, stream, branch, shapes);
                if (found.isPresent() && (best == null || isBetter(found.get(), best))) {
                    best = found.get();
                }
            }
        }
        if (best == null || isScore(node)) {
            return;
        }
        for (TensorRef branch : operands) {
            Found chosen = best;
            if (!branch.equals(chosen.stream())) {
                residual(node, chosen.stream(), branch, shapes).ifPresent(found -> add(node, found));
            }
        }
    }

    private static boolean isBetter(Found one, Found other) {
        int projections =
                one.fork().projections().size() - other.fork().projections().size();
        return projections < 0 || (projections == 0 && one.layers() > other.layers());
    }

    private Optional<Found> residual(int node, TensorRef stream, TensorRef branch, Graph shapes) {
        Optional<Found> found = fork(stream, branch)
                .map(fork -> new Found(fork, stream, branch, new Region(flow, fork.tensor(), branch)))
                .filter(candidate -> candidate.layers() > 0);
        if (found.isEmpty()
                || !fits(
                        shape(shapes, stream),
                        shape(shapes, new TensorRef(flow.node(node).getName(), 0)))) {
            return Optional.empty();
        }
        StreamWalk.Step fork = found.get().fork();
        boolean projected = fork.passed() != StreamWalk.Passed.NOTHING;
        // Two towers on an input, steps of a recurrent cell, a pyramid of features: sums of layers, no shortcuts.
        boolean shortcut = !projected
                || (found.get().layers() > 1
                        && !fork.cut()
                        && !flow.isInput(flow.position(fork.tensor()))
                        && joins.stream().noneMatch(join -> found.get().region().contains(flow.position(join.sum())))
                        && !found.get().region().escapes(node));
        return found.filter(candidate -> shortcut);
    }

    /** Returns the last value on the way back along a stream from which the other value is made. */
    private Optional<StreamWalk.Step> fork(TensorRef stream, TensorRef other) {
        Ancestors ancestors = new Ancestors(flow, other);
        Optional<StreamWalk.Step> step = Optional.of(StreamWalk.Step.first(stream));
        while (step.isPresent() && !ancestors.contains(step.get().tensor())) {
            step = walk.back(step.get());
        }
        return step;
    }

    /** A mask that is spread over the scores is no stream. */
    private static boolean fits(Shape stream, Shape sum) {
        if (stream.isUnknown() || sum.isUnknown()) {
            return true;
        }
        boolean fits = stream.numDimensions() == sum.numDimensions();
        for (int axis = 0; fits && axis < sum.numDimensions(); axis++) {
            fits = stream.get(axis) == sum.get(axis)
                    || stream.get(axis) == Shape.UNKNOWN_SIZE
                    || sum.get(axis) == Shape.UNKNOWN_SIZE;
        }
        return fits;
    }

    private static Shape shape(Graph shapes, TensorRef tensor) {
        return shapes.operationOrThrow(tensor.op()).output(tensor.index()).shape();
    }

    /** Tells whether all that reads a sum is a softmax, as with masked scores of an attention. */
    private boolean isScore(int node) {
        List<Integer> readers = flow.readers(node);
        while (readers.size() == 1 && VIEWS.contains(flow.op(readers.get(0)))) {
            readers = flow.readers(readers.get(0));
        }
        return readers.size() == 1 && SOFTMAXES.contains(flow.op(readers.get(0)));
    }

    private void add(int node, Found found) {
        TensorRef sum = new TensorRef(flow.node(node).getName(), 0);
        Tails.Ending ending = tails.of(found.region(), found.branch());
        Join join = new Join(
                joins.size(),
                name(sum),
                sum,
                found.stream(),
                found.branch(),
                found.fork().tensor(),
                found.fork().projections(),
                found.region().layers(),
                ending.last(),
                ending.passage(),
                ending.scales(),
                ending.shifts());
        joins.add(join);
        walk.add(join);
    }

    private String name(TensorRef tensor) {
        return names.getOrDefault(tensor, tensor.op());
    }

    private void concatenation(int node) {
        List<TensorRef> operands = flow.dataInputs(node).stream().distinct().toList();
        for (TensorRef stream : operands) {
            Set<WeightedLayer> layers = new HashSet<>();
            for (TensorRef other : operands) {
                if (!other.equals(stream)) {
                    fork(stream, other)
                            .filter(fork -> fork.tensor().equals(stream))
                            .ifPresent(fork -> layers.addAll(new Region(flow, fork.tensor(), other).layers()));
                }
            }
            if (!layers.isEmpty()) {
                TensorRef tensor = new TensorRef(flow.node(node).getName(), 0);
                concatenations.add(new Concatenation(
                        name(tensor),
                        tensor,
                        stream,
                        model.layers().stream().filter(layers::contains).toList()));
                return;
            }
        }
    }
}
