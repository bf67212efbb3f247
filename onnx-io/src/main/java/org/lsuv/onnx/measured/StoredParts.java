package org.lsuv.onnx.measured;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.lsuv.onnx.gathered.GatheredWeights;
import org.lsuv.onnx.layers.Granularity;
import org.lsuv.onnx.layers.OnnxLayer;
import org.lsuv.onnx.layers.OutputChannels;
import org.lsuv.onnx.layers.OutputChannels.Block;
import org.lsuv.onnx.layers.WeightPath;
import org.lsuv.onnx.runtime.ValueStatistics;
import org.lsuv.onnx.runtime.Verification;

/**
 * Tells what was measured of recurrent operators by the tensors that their gates are stored in: one whose W is put
 * together from several becomes a layer for each, with the gates that lie there, in their order there.
 */
final class StoredParts {
    private final GatheredWeights gathered;
    private final Granularity granularity;

    StoredParts(GatheredWeights gathered, Granularity granularity) {
        this.gathered = gathered;
        this.granularity = granularity;
    }

    Verification of(Verification found) {
        List<Verification.Layer> layers = new ArrayList<>();
        found.layers().forEach(layer -> layers.addAll(of(layer)));
        return new Verification(layers, found.values(), found.notes());
    }

    /**
     * Describes a part that was measured.
     *
     * @param block its channels
     * @param origin where they are stored
     * @param statistics what was measured
     */
    private record Part(Block block, GatheredWeights.Origin origin, ValueStatistics statistics) {}

    private List<Verification.Layer> of(Verification.Layer found) {
        OnnxLayer layer = found.layer();
        List<Long> shape = layer.weight().operandShape();
        List<Block> blocks = layer.channels().parts(granularity, layer.kernel().channels());
        if (layer.inner().filter("gates"::equals).isEmpty() || found.parts().size() != blocks.size()) {
            return List.of(found);
        }
        long width = shape.get(shape.size() - 1);
        Map<String, List<Part>> stored = new LinkedHashMap<>();
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            Optional<GatheredWeights.Origin> origin =
                    gathered.origin(layer.weight().source(), block.from() * width, block.to() * width);
            if (origin.isEmpty()) {
                return List.of(found);
            }
            stored.computeIfAbsent(origin.get().tensor(), tensor -> new ArrayList<>())
                    .add(new Part(block, origin.get(), found.parts().get(i)));
        }
        return stored.entrySet().stream()
                .map(entry -> layer(found, entry.getKey(), entry.getValue()))
                .toList();
    }

    private static Verification.Layer layer(Verification.Layer found, String tensor, List<Part> parts) {
        List<Part> sorted = parts.stream()
                .sorted(Comparator.comparingInt(part -> part.origin().first()))
                .toList();
        List<ValueStatistics> statistics = sorted.stream().map(Part::statistics).toList();
        OptionalInt axis = found.layer().channels().axis();
        OutputChannels channels =
                new OutputChannels(axis, sorted.stream().map(Part::block).toList());
        return new Verification.Layer(
                of(found.layer(), tensor, channels),
                found.output(),
                statistics.stream().reduce(ValueStatistics.EMPTY, ValueStatistics::merge),
                statistics.size() > 1 ? statistics : List.of());
    }

    private static OnnxLayer of(OnnxLayer layer, String tensor, OutputChannels channels) {
        WeightPath path = layer.weight();
        WeightPath stored = new WeightPath(
                tensor,
                path.operand(),
                path.type(),
                path.storedShape(),
                path.operandShape(),
                path.steps(),
                path.gain());
        return new OnnxLayer(
                layer.index(),
                layer.name(),
                layer.node(),
                stored,
                layer.kernel(),
                layer.bias(),
                layer.output(),
                layer.inner(),
                channels,
                layer.activation(),
                layer.recurrent());
    }
}
