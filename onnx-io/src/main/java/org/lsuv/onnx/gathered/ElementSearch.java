package org.lsuv.onnx.gathered;

import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.layers.RearrangedOperand;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.OrtProbe;

/** Asks ONNX Runtime which element of an operand is which stored one. */
final class ElementSearch {
    private final OnnxModel model;
    private final List<RearrangedOperand> operands;
    private final StoredElements stored;

    private ElementSearch(OnnxModel model, List<RearrangedOperand> operands) {
        this.model = model;
        this.operands = operands;
        Set<String> sources = new TreeSet<>();
        operands.forEach(operand -> sources.addAll(operand.sources()));
        this.stored = StoredElements.of(model, sources);
    }

    /**
     * Returns the operands that are rearrangements, each element of which is in one of them only.
     *
     * @throws UnsupportedModelException if ONNX Runtime cannot compute one of them
     */
    static List<GatheredWeight> of(OnnxModel model, List<RearrangedOperand> operands) {
        return new ElementSearch(model, operands).found();
    }

    private List<GatheredWeight> found() {
        int base = stored.exact();
        if (base == 0) {
            return List.of();
        }
        Map<String, OnnxTensor> values = computed(model);
        Map<String, int[]> elements = new LinkedHashMap<>();
        values.forEach((name, value) -> elements.put(name, new int[Math.toIntExact(value.elementCount())]));
        for (long weight = 1; weight < stored.count(); weight *= base) {
            Map<String, OnnxTensor> digits = computed(model.withWeights(stored.digits(base, weight)));
            for (Map.Entry<String, int[]> entry : elements.entrySet()) {
                add(entry.getValue(), Objects.requireNonNull(digits.get(entry.getKey())), weight);
            }
        }
        Map<String, List<String>> copies = copies(values, elements);
        List<GatheredWeight> found = new ArrayList<>();
        for (String name : withoutSharing(elements)) {
            gathered(
                            Objects.requireNonNull(values.get(name)),
                            Objects.requireNonNull(elements.get(name)),
                            copies.getOrDefault(name, List.of()))
                    .ifPresent(found::add);
        }
        return found;
    }

    /** Takes out operands that are the same as an earlier one, as those of a layer are that is called twice. */
    private static Map<String, List<String>> copies(Map<String, OnnxTensor> values, Map<String, int[]> elements) {
        Map<Form, String> first = new HashMap<>();
        Map<String, List<String>> copies = new HashMap<>();
        for (String name : List.copyOf(elements.keySet())) {
            Form form = Form.of(Objects.requireNonNull(values.get(name)), Objects.requireNonNull(elements.get(name)));
            String known = first.putIfAbsent(form, name);
            if (known != null) {
                copies.computeIfAbsent(known, key -> new ArrayList<>()).add(name);
                elements.remove(name);
            }
        }
        return copies;
    }

    private record Form(OnnxType type, List<Long> shape, IntBuffer elements) {
        static Form of(OnnxTensor value, int[] elements) {
            List<Long> shape = Arrays.stream(value.shape()).boxed().toList();
            return new Form(value.type(), shape, IntBuffer.wrap(elements));
        }
    }

    private Map<String, OnnxTensor> computed(OnnxModel filled) {
        Set<String> names = new LinkedHashSet<>();
        operands.forEach(operand -> names.add(operand.value()));
        try (OrtProbe probe = OrtProbe.open(filled, OrtOptions.DEFAULT)) {
            return probe.fetch(Map.of(), names);
        } catch (IllegalArgumentException refused) {
            throw new UnsupportedModelException(model.label() + ": " + refused.getMessage(), refused);
        }
    }

    private static void add(int[] elements, OnnxTensor digits, long weight) {
        float[] values = digits.toFloats();
        for (int i = 0; i < elements.length; i++) {
            elements[i] += (int) (Math.round(values[i]) * weight);
        }
    }

    /** Returns the names of those that have every element once, and none that another one has. */
    private Collection<String> withoutSharing(Map<String, int[]> elements) {
        BitSet once = new BitSet();
        BitSet again = new BitSet();
        for (int[] all : elements.values()) {
            for (int element : all) {
                if (element < 0 || element >= stored.count()) {
                    return List.of();
                }
                (once.get(element) ? again : once).set(element);
            }
        }
        return elements.keySet().stream()
                .filter(name -> Arrays.stream(Objects.requireNonNull(elements.get(name)))
                        .noneMatch(again::get))
                .toList();
    }

    /** Returns what was found of an operand, if the stored values say the same. */
    private Optional<GatheredWeight> gathered(OnnxTensor value, int[] elements, List<String> copies) {
        Set<Integer> owners = new LinkedHashSet<>();
        Arrays.stream(elements).map(stored::owner).forEach(owners::add);
        List<OnnxTensor> tensors = owners.stream().map(stored.tensors()::get).toList();
        if (tensors.isEmpty() || tensors.stream().anyMatch(tensor -> tensor.type() != value.type())) {
            return Optional.empty();
        }
        List<String> names = tensors.stream().map(OnnxTensor::name).toList();
        StoredElements own = StoredElements.of(model, names);
        List<Integer> order = List.copyOf(owners);
        int[] shift = new int[stored.tensors().size()];
        for (int i = 0; i < order.size(); i++) {
            shift[order.get(i)] = own.starts().get(i) - stored.starts().get(order.get(i));
        }
        int[] places = Arrays.stream(elements)
                .map(element -> element + shift[stored.owner(element)])
                .toArray();
        ByteBuffer found = StoredElements.bytes(value);
        GatheredWeight gathered = new GatheredWeight(value, names, copies, places);
        return gathered.from(own).equals(found) ? Optional.of(gathered) : Optional.empty();
    }
}
