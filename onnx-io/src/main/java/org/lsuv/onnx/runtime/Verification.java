package org.lsuv.onnx.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.layers.Granularity;
import org.lsuv.onnx.layers.MeasuringPoint;
import org.lsuv.onnx.layers.OnnxLayer;
import org.lsuv.onnx.layers.OnnxLayers;
import org.lsuv.onnx.layers.OutputChannels;

/**
 * Holds what ONNX Runtime measures at the output of every weighted layer of a model, and of other values of it.
 *
 * @param layers the layers in execution order, each with the statistics of its output
 * @param values the statistics of the other values that were asked for and that the model has, by name
 * @param notes the nodes that ONNX Runtime ran in another form than the file's, a line each
 */
public record Verification(List<Layer> layers, Map<String, ValueStatistics> values, List<String> notes) {
    private static final int TIMED_PASSES = 3;

    /** The rows that are measured first where the graph keeps rows apart. */
    private static final long FIRST_ROWS = 2;

    /** The mean number of values of a layer's output in one piece, and the number of all outputs together. */
    private static final long VALUES = 1 << 20;

    private static final long ALL_VALUES = 1 << 26;

    /**
     * Holds the statistics of one layer.
     *
     * @param layer the layer
     * @param output the name of what was measured: the layer's output, or what its non-linearity gives
     * @param statistics those over the whole batch
     * @param parts those of each part that has a scale of its own; empty where all is one
     */
    public record Layer(OnnxLayer layer, String output, ValueStatistics statistics, List<ValueStatistics> parts) {
        public Layer {
            parts = List.copyOf(parts);
        }

        /** Returns what has a target variance: the parts, or the layer where there are none. */
        public List<ValueStatistics> targets() {
            return parts.isEmpty() ? List.of(statistics) : parts;
        }
    }

    /**
     * Says what is measured of a layer.
     *
     * @param granularity which parts of it are measured apart
     * @param point where
     */
    public record Scope(Granularity granularity, MeasuringPoint point) {
        /** Measures whole layers, and blocks that are packed into one, at their own outputs. */
        public static final Scope DEFAULT = new Scope(Granularity.LAYER, MeasuringPoint.PRE);

        private List<OutputChannels.Block> parts(OnnxLayer layer) {
            return layer.channels().parts(granularity, layer.kernel().channels());
        }
    }

    public Verification {
        layers = List.copyOf(layers);
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        notes = List.copyOf(notes);
    }

    /**
     * Measures the layers of a model.
     *
     * @param pieces the batch, one tensor an input and piece; the statistics of the pieces merge exactly
     * @throws UnsupportedModelException if ONNX Runtime cannot run the model on this batch
     */
    public static Verification of(
            OnnxModel model, List<Map<String, OnnxTensor>> pieces, Scope scope, OrtOptions options) {
        return of(model, pieces, scope, List.of(), options);
    }

    /**
     * Measures the layers of a model, and other values in the same runs.
     *
     * @param pieces the batch, one tensor an input and piece; the statistics of the pieces merge exactly
     * @param values the names of other floating-point values; those that the model does not have are left out
     * @throws UnsupportedModelException if ONNX Runtime cannot run the model on this batch
     */
    public static Verification of(
            OnnxModel model,
            List<Map<String, OnnxTensor>> pieces,
            Scope scope,
            Collection<String> values,
            OrtOptions options) {
        return of(model, OnnxLayers.find(model.inlined().graph()).layers(), pieces, scope, values, options);
    }

    /**
     * Measures values of a model whose batch normalisations normalise by the statistics of each piece, as in training.
     *
     * @param pieces the batch, one tensor an input and piece; the statistics of the pieces merge exactly
     * @param values the names of floating-point values; those that the model does not have are left out
     * @param means the names of the stored running means of the batch normalisations that do; others use what is stored
     * @return the statistics by name
     * @throws UnsupportedModelException if ONNX Runtime cannot run the model on this batch, or one of these
     *     normalisations is spelled as arithmetic
     */
    public static Map<String, ValueStatistics> inTraining(
            OnnxModel model,
            List<Map<String, OnnxTensor>> pieces,
            Collection<String> values,
            Collection<String> means,
            OrtOptions options) {
        OnnxModel trained = means.isEmpty() ? model : TrainingNodes.normalisingByBatch(model, means);
        return of(trained, List.of(), pieces, Scope.DEFAULT, values, options).values();
    }

    private static Verification of(
            OnnxModel model,
            List<OnnxLayer> layers,
            List<Map<String, OnnxTensor>> pieces,
            Scope scope,
            Collection<String> values,
            OrtOptions options) {
        Set<String> outputs = new LinkedHashSet<>();
        Map<String, OrtProbe.ChannelAxis> axes = new LinkedHashMap<>();
        for (OnnxLayer layer : layers) {
            outputs.add(layer.measured(scope.point()));
            if (scope.parts(layer).size() > 1) {
                axes.put(
                        layer.measured(scope.point()),
                        new OrtProbe.ChannelAxis(
                                layer.channels().axis().orElseThrow(),
                                layer.kernel().channels()));
            }
        }
        boolean divisible = isDivisible(model);
        OnnxModel measured = BlobNodes.append(BatchPieces.opened(model, pieces), layers);
        try (OrtProbe probe =
                divisible ? OrtProbe.openForPieces(measured, options) : OrtProbe.open(measured, options)) {
            List<String> others = values.stream().distinct().filter(probe::has).toList();
            outputs.addAll(others);
            Map<String, ValueStatistics> merged = new LinkedHashMap<>();
            Map<String, List<ValueStatistics>> channels = new LinkedHashMap<>();
            Pieces small = new Pieces(pieces, divisible);
            while (small.hasNext()) {
                Map<String, OnnxTensor> piece = small.next();
                Map<String, ValueStatistics> moments = probe.moments(piece, outputs);
                moments.forEach((name, statistics) -> merged.merge(name, statistics, ValueStatistics::merge));
                probe.channelMoments(piece, axes)
                        .forEach((name, statistics) -> channels.merge(name, statistics, Verification::merge));
                small.took(moments.values());
            }
            List<Layer> found = new ArrayList<>();
            for (OnnxLayer layer : layers) {
                String output = layer.measured(scope.point());
                List<ValueStatistics> parts =
                        axes.containsKey(output) ? pooled(scope.parts(layer), channels.get(output)) : List.of();
                found.add(new Layer(layer, output, Objects.requireNonNull(merged.get(output)), parts));
            }
            Map<String, ValueStatistics> further = new LinkedHashMap<>();
            others.forEach(name -> further.put(name, Objects.requireNonNull(merged.get(name))));
            return new Verification(found, further, probe.notes());
        } catch (IllegalArgumentException refused) {
            throw new UnsupportedModelException(model.label() + ": " + refused.getMessage(), refused);
        }
    }

    private static List<ValueStatistics> merge(List<ValueStatistics> some, List<ValueStatistics> more) {
        return IntStream.range(0, some.size())
                .mapToObj(i -> some.get(i).merge(more.get(i)))
                .toList();
    }

    private static List<ValueStatistics> pooled(
            List<OutputChannels.Block> parts, @Nullable List<ValueStatistics> channels) {
        List<ValueStatistics> all = Objects.requireNonNull(channels);
        return parts.stream()
                .map(part -> all.subList(Math.toIntExact(part.from()), Math.toIntExact(part.to())).stream()
                        .reduce(ValueStatistics.EMPTY, ValueStatistics::merge))
                .toList();
    }

    /** Tells whether a batch may be run in pieces of any number of rows. */
    private static boolean isDivisible(OnnxModel model) {
        boolean oneInput = model.graph().inputs().size() == 1;
        boolean open = model.graph().inputs().stream()
                .allMatch(input -> input.shape()
                        .filter(shape ->
                                shape.rank() > 0 && !shape.dims().get(0).isFixed())
                        .isPresent());
        return oneInput && open && RowWise.is(model.inlined().graph());
    }

    /**
     * Goes through a batch, in smaller pieces where rows stay apart: a measuring run keeps every layer's output alive
     * until it is reduced, and memory that is new to the process costs more than the arithmetic.
     */
    private static final class Pieces {
        private final List<Map<String, OnnxTensor>> given;
        private final boolean divisible;
        private int position;
        private long row;
        private long rows = FIRST_ROWS;
        private long taken;

        Pieces(List<Map<String, OnnxTensor>> given, boolean divisible) {
            this.given = given;
            this.divisible = divisible;
        }

        boolean hasNext() {
            return position < given.size();
        }

        Map<String, OnnxTensor> next() {
            Map<String, OnnxTensor> piece = given.get(position);
            if (!divisible) {
                position++;
                return piece;
            }
            String name = piece.keySet().iterator().next();
            OnnxTensor whole = Objects.requireNonNull(piece.get(name));
            long all = whole.shape()[0];
            long from = row;
            long to = Math.min(from + rows, all);
            taken = to - from;
            row = to;
            if (row >= all) {
                position++;
                row = 0;
            }
            return Map.of(name, whole.rows(from, to));
        }

        /** Learns how many values the layers' outputs had in the last piece. */
        void took(Collection<ValueStatistics> outputs) {
            double found = outputs.stream().mapToLong(ValueStatistics::count).sum();
            if (divisible && found > 0) {
                double most = Math.min((double) VALUES * outputs.size(), ALL_VALUES);
                rows = (long) Math.max(1, most * taken / found);
            }
        }
    }

    /**
     * Returns the seconds that ONNX Runtime takes for one plain forward pass over the whole batch: the
     * median of three passes after one to warm up.
     *
     * @throws UnsupportedModelException if ONNX Runtime cannot run the model on this batch
     */
    public static double forwardSeconds(OnnxModel model, List<Map<String, OnnxTensor>> pieces, OrtOptions options) {
        try (OrtProbe probe = OrtProbe.open(BatchPieces.opened(model, pieces), options)) {
            pieces.forEach(probe::forwardSeconds);
            double[] seconds = new double[TIMED_PASSES];
            for (int i = 0; i < TIMED_PASSES; i++) {
                seconds[i] = pieces.stream().mapToDouble(probe::forwardSeconds).sum();
            }
            Arrays.sort(seconds);
            return seconds[TIMED_PASSES / 2];
        } catch (IllegalArgumentException refused) {
            throw new UnsupportedModelException(model.label() + ": " + refused.getMessage(), refused);
        }
    }

    /**
     * Returns what has a target variance by the name of the stored weight: the parts of all layers that use it,
     * pooled, since layers with one weight have one scale.
     */
    public Map<String, List<ValueStatistics>> byWeight() {
        Map<String, List<ValueStatistics>> pooled = new LinkedHashMap<>();
        for (Layer found : layers) {
            pooled.merge(
                    found.layer().weight().source(),
                    found.targets(),
                    (some, more) -> some.size() == more.size() ? merge(some, more) : some);
        }
        return pooled;
    }
}
