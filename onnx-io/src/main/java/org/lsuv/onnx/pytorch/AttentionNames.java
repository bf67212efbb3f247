package org.lsuv.onnx.pytorch;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.pytorch.ModuleScopes.Scope;
import org.lsuv.onnx.pytorch.StoredValues.Operand;

/**
 * Names the input projections of {@code MultiheadAttention} where they have lost their names, bias included:
 * exporters cut the packed weight into one for each of queries, keys and values, or leave it whole without a
 * bias. The module is known by its {@code out_proj}, which keeps its name.
 */
final class AttentionNames implements NameRecovery.NamingRule {
    private static final List<String> INPUTS = List.of("q", "k", "v");

    private final StoredValues values;
    private final ModuleScopes scopes;
    private final Set<String> names;
    private final Claims claims;
    private final Set<String> done = new HashSet<>();

    AttentionNames(StoredValues values, ModuleScopes scopes, Set<String> names, Claims claims) {
        this.values = values;
        this.scopes = scopes;
        this.names = Set.copyOf(names);
        this.claims = claims;
    }

    private record Projection(Operand weight, Optional<Operand> bias) {}

    @Override
    public void apply(OnnxNode node) {
        if (!node.is("MatMul")) {
            return;
        }
        Optional<Scope> scope = scopes.of(node);
        if (scope.isEmpty()) {
            return;
        }
        String module = scope.get().module();
        Optional<Long> width = width(module);
        if (width.isPresent() && done.add(module)) {
            name(module, width.get(), projections(scope.get()));
        }
    }

    private Optional<Long> width(String module) {
        return List.of("out_proj.weight", "out_proj.bias").stream()
                .map(leaf -> ParameterNames.join(module, leaf))
                .filter(names::contains)
                .findFirst()
                .flatMap(values::operand)
                .map(operand -> operand.tensor().shape()[0]);
    }

    /** Returns the unnamed products in the order in which they are computed: queries, keys, values. */
    private List<Projection> projections(Scope scope) {
        List<Projection> found = new ArrayList<>();
        for (OnnxNode node : scope.nodes()) {
            Optional<Operand> weight = node.is("MatMul")
                    ? values.operand(node, 1).filter(operand -> operand.rank() == 2 && !operand.isNamed())
                    : Optional.empty();
            Optional<Operand> bias = NameRecovery.addedTo(node, values);
            if (weight.isPresent() && bias.filter(Operand::isNamed).isEmpty()) {
                found.add(new Projection(weight.get(), bias));
            }
        }
        return found;
    }

    private void name(String module, long width, List<Projection> found) {
        List<Arrangement> matrices =
                found.stream().map(part -> part.weight().turnedValues()).toList();
        long outputs = matrices.stream().mapToLong(matrix -> matrix.shape()[0]).sum();
        if (outputs != INPUTS.size() * width) {
            return;
        }
        if (matrices.stream().allMatch(matrix -> matrix.shape()[1] == width)) {
            claims.add(ParameterNames.join(module, "in_proj_weight"), Arrangement.joined(matrices), Recovery.ATTENTION);
        } else if (matrices.size() == INPUTS.size()) {
            for (int i = 0; i < matrices.size(); i++) {
                String leaf = INPUTS.get(i) + "_proj_weight";
                claims.add(ParameterNames.join(module, leaf), matrices.get(i), Recovery.ATTENTION);
            }
        } else {
            return;
        }
        List<Arrangement> biases = found.stream()
                .flatMap(part -> part.bias().stream())
                .map(Operand::values)
                .toList();
        if (biases.size() == found.size()) {
            claims.add(ParameterNames.join(module, "in_proj_bias"), Arrangement.joined(biases), Recovery.ATTENTION);
        }
    }
}
