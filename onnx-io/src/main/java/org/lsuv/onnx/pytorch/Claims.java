package org.lsuv.onnx.pytorch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsuv.onnx.OnnxTensor;

/** Collects the names that rules give to tensors, and why they give none. */
final class Claims {
    private record Claim(Arrangement values, Recovery recovery) {}

    private final Map<String, List<Claim>> claims = new LinkedHashMap<>();
    private final Map<String, String> reasons = new LinkedHashMap<>();
    private final Set<String> named = new HashSet<>();

    /** Says that a tensor has a name. */
    void add(String name, Arrangement values, Recovery recovery) {
        claims.computeIfAbsent(name, key -> new ArrayList<>()).add(new Claim(values, recovery));
    }

    /** Says why a stored tensor has none; the first reason counts. */
    void refuse(String source, String reason) {
        reasons.putIfAbsent(source, reason);
    }

    /** Returns one parameter for each name. What has its name in the model goes first; equal values are one. */
    List<Parameter> parameters() {
        List<Parameter> parameters = new ArrayList<>();
        claims.forEach((name, found) -> {
            Claim first = found.get(0);
            List<Claim> others = found.stream()
                    .skip(1)
                    .filter(other -> !other.values().holdsTheSameAs(first.values()))
                    .toList();
            found.stream()
                    .filter(claim -> !others.contains(claim))
                    .forEach(claim -> named.addAll(claim.values().sources()));
            String called = "would be \"" + name + "\", which ";
            others.forEach(other -> other.values()
                    .sources()
                    .forEach(source -> refuse(
                            source,
                            called + "\"" + String.join("\", \"", first.values().sources())
                                    + "\" is, too, with other values")));
            if (!others.isEmpty() && first.recovery() != Recovery.KEPT) {
                String rival = String.join("\", \"", others.get(0).values().sources());
                first.values()
                        .sources()
                        .forEach(source -> refuse(source, called + "\"" + rival + "\" is, too, with other values"));
                found.forEach(claim -> named.removeAll(claim.values().sources()));
                return;
            }
            parameters.add(
                    new Parameter(first.values().tensor(name), first.values().sources(), first.recovery()));
        });
        return parameters;
    }

    /** Returns those of the given tensors that no parameter holds. */
    List<Lost> lost(List<OnnxTensor> stored) {
        return stored.stream()
                .filter(tensor -> reasons.containsKey(tensor.name()) && !named.contains(tensor.name()))
                .map(tensor -> new Lost(
                        tensor.name(),
                        Arrays.stream(tensor.shape()).boxed().toList(),
                        reasons.getOrDefault(tensor.name(), "")))
                .toList();
    }
}
