package org.lsuv.onnx.gathered;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.layers.SizeArguments;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.OrtProbe;

/** Stores what says how weights are cut where it follows from sizes that the model fixes. */
final class StaticSizes {
    /** Stand for a size that is not fixed: what is the same with both does not depend on it. */
    private static final long[] UNKNOWN = {7919, 104_729};

    private final OnnxModel model;
    private final SizeArguments arguments;

    private StaticSizes(OnnxModel model, SizeArguments arguments) {
        this.model = model;
        this.arguments = arguments;
    }

    /** Returns the same network, for readers of the graph; where ONNX Runtime cannot tell, it stays as it is. */
    static OnnxModel folded(OnnxModel model) {
        SizeArguments arguments = SizeArguments.in(model.graph());
        if (arguments.values().isEmpty()) {
            return model;
        }
        try {
            return new StaticSizes(model, arguments).folded();
        } catch (UnsupportedModelException refused) {
            return model;
        }
    }

    private OnnxModel folded() {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        try (OrtProbe probe = OrtProbe.open(model, OrtOptions.DEFAULT)) {
            Set<String> measured = new LinkedHashSet<>();
            arguments.shapes().forEach(node -> measured.add(node.input(0)));
            shapes.putAll(probe.shapes(measured));
        }
        Map<String, OnnxTensor> some = computed(shapes, UNKNOWN[0]);
        Map<String, OnnxTensor> others = computed(shapes, UNKNOWN[1]);
        Map<String, OnnxTensor> fixed = new LinkedHashMap<>();
        some.forEach((name, value) -> {
            OnnxTensor other = Objects.requireNonNull(others.get(name));
            if (Arrays.equals(value.shape(), other.shape())
                    && Arrays.equals(value.toDoubles(), other.toDoubles())
                    && model.graph().producer(name).isPresent()) {
                fixed.put(name, value);
            }
        });
        return fixed.isEmpty() ? model : model.withStored(fixed);
    }

    private Map<String, OnnxTensor> computed(Map<String, long[]> shapes, long unknown) {
        Map<String, OnnxTensor> stored = new LinkedHashMap<>();
        for (OnnxNode node : arguments.shapes()) {
            long[] shape = shapes.get(node.input(0));
            if (shape == null
                    || node.attributes().has("start")
                    || node.attributes().has("end")) {
                return Map.of();
            }
            long[] sizes =
                    Arrays.stream(shape).map(size -> size < 0 ? unknown : size).toArray();
            stored.put(node.output(0), OnnxTensor.ofLongs(node.output(0), new long[] {sizes.length}, sizes));
        }
        try (OrtProbe probe = OrtProbe.open(model.withStored(stored), OrtOptions.DEFAULT)) {
            return probe.fetch(Map.of(), arguments.values());
        } catch (IllegalArgumentException refused) {
            throw new UnsupportedModelException(String.valueOf(refused.getMessage()), refused);
        }
    }
}
