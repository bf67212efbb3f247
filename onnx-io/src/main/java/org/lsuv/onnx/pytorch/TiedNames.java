package org.lsuv.onnx.pytorch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.pytorch.ModuleScopes.Scope;
import org.lsuv.onnx.pytorch.StoredValues.Operand;

/**
 * Gives a second name to a weight that two modules share, such as an embedding and the matrix behind a language
 * model: PyTorch lists it under both, and the export under the first.
 *
 * @param values what is stored
 * @param scopes the modules of nodes
 * @param claims where names go
 */
record TiedNames(StoredValues values, ModuleScopes scopes, Claims claims) implements NameRecovery.NamingRule {
    private static final String LEAF = "weight";

    @Override
    public void apply(OnnxNode node) {
        Optional<Operand> weight = weight(node);
        Optional<Scope> scope = scopes.of(node).filter(found -> LinearNames.isOnly(found, node.opType()));
        if (weight.isEmpty() || scope.isEmpty()) {
            return;
        }
        String owner = ParameterNames.module(weight.get().name());
        String module = scope.get().module();
        boolean isOther = !module.isEmpty() && !module.equals(owner) && !isCallOf(node, owner);
        if (isOther
                && weight.get().name().equals(ParameterNames.join(owner, LEAF))
                && readers(weight.get().name()).contains(owner)) {
            claims.add(
                    ParameterNames.join(module, LEAF),
                    Arrangement.of(weight.get().tensor()),
                    Recovery.TIED);
        }
    }

    /** Returns the named weight of a node that reads it as its module stores it. */
    private Optional<Operand> weight(OnnxNode node) {
        Optional<Operand> found = switch (node.domain().isEmpty() ? node.opType() : "") {
            case "MatMul" -> values.operand(node, 1).filter(Operand::turned);
            case "Gemm" ->
                values.operand(node, 1).filter(operand -> node.attributes().flag("transB") && !operand.turned());
            case "Conv", "ConvTranspose" -> values.operand(node, 1).filter(operand -> !operand.turned());
            case "Gather" ->
                values.operand(node, 0)
                        .filter(operand -> operand.rank() == 2
                                && !operand.turned()
                                && node.attributes().intOr("axis", 0) == 0);
            default -> Optional.empty();
        };
        return found.filter(Operand::isNamed);
    }

    private boolean isCallOf(OnnxNode node, String owner) {
        return scopes.earlierCalls(node).stream()
                .flatMap(earlier -> scopes.of(earlier).stream())
                .anyMatch(scope -> scope.module().equals(owner));
    }

    /** Returns the modules that read a tensor, directly or through a Transpose. */
    private Set<String> readers(String name) {
        OnnxGraph graph = values.graph();
        Set<String> modules = new HashSet<>();
        Deque<String> open = new ArrayDeque<>();
        open.add(name);
        while (!open.isEmpty()) {
            for (OnnxNode node : graph.consumers(open.remove())) {
                scopes.of(node).ifPresent(scope -> modules.add(scope.module()));
                if (node.is("Transpose") || node.is("Identity")) {
                    open.add(node.output(0));
                }
            }
        }
        return modules;
    }
}
