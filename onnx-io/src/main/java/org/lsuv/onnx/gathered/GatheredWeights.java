package org.lsuv.onnx.gathered;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.layers.RearrangedOperand;
import org.lsuv.onnx.layers.RearrangedOperands;

/** Holds the weights and biases that a model puts together from stored tensors, and where their elements are stored. */
public final class GatheredWeights {
    /** The elements that ONNX Runtime is asked about at a time; a single tensor may have more. */
    private static final long ELEMENTS_AT_A_TIME = 1L << 22;

    /** The elements of tensors that have parts in one operand, or are connected through several. */
    private static final long MAX_ELEMENTS = 1L << 26;

    private final OnnxModel model;
    private final OnnxModel folded;
    private final Map<String, GatheredWeight> weights;

    private GatheredWeights(OnnxModel model, OnnxModel sized, Map<String, GatheredWeight> weights) {
        this.model = model;
        this.weights = weights;
        Map<String, OnnxTensor> values = new LinkedHashMap<>();
        Map<String, String> copies = new LinkedHashMap<>();
        weights.forEach((name, weight) -> {
            values.put(name, weight.value());
            weight.copies().forEach(copy -> copies.put(copy, name));
        });
        this.folded = values.isEmpty() ? model : sized.withStored(values, copies);
    }

    /** Finds them; where ONNX Runtime cannot tell where elements come from, there are none. */
    public static GatheredWeights of(OnnxModel model) {
        OnnxModel sized = StaticSizes.folded(model);
        Map<String, GatheredWeight> found = new LinkedHashMap<>();
        for (List<RearrangedOperand> batch : batches(sized, RearrangedOperands.in(sized.graph()))) {
            for (GatheredWeight weight : search(sized, batch)) {
                found.put(weight.value().name(), weight);
            }
        }
        return new GatheredWeights(model, sized, found);
    }

    private static List<GatheredWeight> search(OnnxModel model, List<RearrangedOperand> batch) {
        try {
            return ElementSearch.of(model, batch);
        } catch (UnsupportedModelException refused) {
            return List.of();
        }
    }

    /** Operands of one tensor are asked about together, so that an element that two of them have is seen. */
    private static List<List<RearrangedOperand>> batches(OnnxModel model, List<RearrangedOperand> operands) {
        List<List<RearrangedOperand>> batches = new ArrayList<>();
        List<RearrangedOperand> open = new ArrayList<>();
        long elements = 0;
        for (List<RearrangedOperand> group : connected(operands)) {
            long size = size(model, group);
            if (size > MAX_ELEMENTS) {
                continue;
            }
            if (elements + size > ELEMENTS_AT_A_TIME && !open.isEmpty()) {
                batches.add(List.copyOf(open));
                open.clear();
                elements = 0;
            }
            open.addAll(group);
            elements += size;
        }
        if (!open.isEmpty()) {
            batches.add(List.copyOf(open));
        }
        return batches;
    }

    private static long size(OnnxModel model, List<RearrangedOperand> group) {
        Set<String> sources = new LinkedHashSet<>();
        group.forEach(operand -> sources.addAll(operand.sources()));
        return sources.stream()
                .mapToLong(name -> model.graph()
                        .initializer(name)
                        .map(OnnxTensor::elementCount)
                        .orElse(0L))
                .sum();
    }

    private static List<List<RearrangedOperand>> connected(List<RearrangedOperand> operands) {
        Map<String, List<RearrangedOperand>> bySource = new HashMap<>();
        for (RearrangedOperand operand : operands) {
            List<RearrangedOperand> group = new ArrayList<>();
            for (String source : operand.sources()) {
                List<RearrangedOperand> other = bySource.get(source);
                if (other != null && !group.containsAll(other)) {
                    group.addAll(other);
                }
            }
            group.add(operand);
            group.forEach(member -> member.sources().forEach(source -> bySource.put(source, group)));
        }
        Set<List<RearrangedOperand>> groups = new LinkedHashSet<>();
        for (RearrangedOperand operand : operands) {
            operand.sources().forEach(source -> groups.add(Objects.requireNonNull(bySource.get(source))));
        }
        return List.copyOf(groups);
    }

    /** Returns the same network with these weights stored as operators read them. It is for measuring, not for writing. */
    public OnnxModel folded() {
        return folded;
    }

    /** Returns the names of the stored tensors that each comes from, by the name of what the operator reads. */
    public Map<String, List<String>> sources() {
        Map<String, List<String>> sources = new LinkedHashMap<>();
        weights.forEach((name, weight) -> sources.put(name, weight.sources()));
        return sources;
    }

    /**
     * Says where elements are stored.
     *
     * @param tensor the name of the stored tensor
     * @param first the least of their positions in it
     */
    public record Origin(String tensor, int first) {}

    /**
     * Returns where elements of one of these weights are stored; empty where that is not one tensor alone, or the weight
     * is stored in the model itself.
     *
     * @param name the name of what the operator reads
     * @param from the position of the first element
     * @param to the position behind the last one
     */
    public Optional<Origin> origin(String name, long from, long to) {
        GatheredWeight weight = weights.get(name);
        return weight == null
                ? Optional.empty()
                : weight.origin(StoredElements.of(model, weight.sources()), Math.toIntExact(from), Math.toIntExact(to));
    }

    /**
     * Returns new values for the stored tensors of the model.
     *
     * @param changed new values for weights of {@link #folded}; those that are stored in the model itself are returned
     *     as they are
     */
    public Map<String, OnnxTensor> scattered(Map<String, OnnxTensor> changed) {
        Map<String, OnnxTensor> stored = new LinkedHashMap<>();
        changed.forEach((name, tensor) -> {
            GatheredWeight weight = weights.get(name);
            if (weight == null) {
                stored.put(name, tensor);
            } else {
                scatter(weight, tensor, stored);
            }
        });
        return stored;
    }

    /** Several operands may have parts of one tensor: each starts from what those before it left. */
    private void scatter(GatheredWeight weight, OnnxTensor changed, Map<String, OnnxTensor> stored) {
        OnnxTensor old = weight.value();
        if (changed.type() != old.type() || changed.elementCount() != old.elementCount()) {
            throw new IllegalArgumentException("weight \"" + old.name() + "\": expected " + old + ", got " + changed);
        }
        StoredElements before = StoredElements.of(model, weight.sources());
        List<OnnxTensor> current = before.tensors().stream()
                .map(tensor -> stored.getOrDefault(tensor.name(), tensor))
                .toList();
        StoredElements elements = new StoredElements(current, before.starts());
        byte[] bytes = weight.into(elements, changed);
        int position = 0;
        for (OnnxTensor tensor : current) {
            int length = Math.toIntExact(tensor.byteCount());
            ByteBuffer own = ByteBuffer.wrap(bytes, position, length).slice();
            stored.put(tensor.name(), OnnxTensor.of(tensor.name(), tensor.type(), tensor.shape(), List.of(own)));
            position += length;
        }
    }
}
