package org.lsuv.onnx.pytorch;

import java.util.List;
import java.util.Optional;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.pytorch.ModuleScopes.Scope;
import org.lsuv.onnx.pytorch.StoredValues.Operand;

/**
 * Names vectors that exporters fold into another shape or type: scale and shift of {@code GroupNorm}, which is
 * exported as {@code InstanceNormalization}, {@code Mul} and {@code Add}, those of {@code LayerNorm}, and the
 * slopes of {@code PReLU}.
 *
 * @param values what is stored
 * @param scopes the modules of nodes
 * @param claims where names go
 */
record NormalisationNames(StoredValues values, ModuleScopes scopes, Claims claims) implements NameRecovery.NamingRule {
    @Override
    public void apply(OnnxNode node) {
        Optional<Scope> scope = scopes.of(node).filter(Scope::isInnermost);
        if (scope.isEmpty()) {
            return;
        }
        String module = scope.get().module();
        if (isNormalisation(node) && scope.get().count(node.opType()) == 1) {
            name(ParameterNames.join(module, "weight"), vectors(scope.get(), "Mul"));
            name(ParameterNames.join(module, "bias"), vectors(scope.get(), "Add"));
        } else if (node.is("PRelu") && LinearNames.isOnly(scope.get(), "PRelu")) {
            name(ParameterNames.join(module, "weight"), vectors(scope.get(), "PRelu"));
        }
    }

    /** Layer normalisation has its own operator since version 17; before, only it takes a square root. */
    private static boolean isNormalisation(OnnxNode node) {
        return node.is("InstanceNormalization") || node.is("Sqrt");
    }

    private List<Operand> vectors(Scope scope, String operator) {
        return scope.nodes().stream()
                .filter(node -> node.is(operator))
                .flatMap(node -> node.inputs().stream())
                .flatMap(input -> values.operand(input).stream())
                .filter(operand -> !operand.isNamed() && isVector(operand))
                .toList();
    }

    private static boolean isVector(Operand operand) {
        long count = operand.tensor().elementCount();
        for (long size : operand.tensor().shape()) {
            if (size != 1 && size != count) {
                return false;
            }
        }
        return operand.rank() > 0;
    }

    private void name(String name, List<Operand> found) {
        if (found.size() == 1) {
            claims.add(
                    name,
                    Arrangement.viewed(
                            found.get(0).tensor(), List.of(found.get(0).tensor().elementCount())),
                    Recovery.SCOPE);
        }
    }
}
