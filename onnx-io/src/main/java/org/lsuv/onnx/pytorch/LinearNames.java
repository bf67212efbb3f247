package org.lsuv.onnx.pytorch;

import java.util.Optional;
import java.util.Set;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.pytorch.ModuleScopes.Scope;
import org.lsuv.onnx.pytorch.StoredValues.Operand;

/**
 * Names the matrices of {@code Linear} modules. Where constants are folded, {@code MatMul} reads an unnamed
 * copy of the weight with rows for columns; the bias behind it keeps its name.
 *
 * @param values what is stored
 * @param scopes the modules of nodes
 * @param ties which weights were one
 * @param claims where names go
 */
record LinearNames(StoredValues values, ModuleScopes scopes, TiedWeights ties, Claims claims)
        implements NameRecovery.NamingRule {
    /** What modules do beside their work without changing any value. */
    private static final Set<String> MOVING = Set.of(
            "Identity",
            "Cast",
            "Constant",
            "ConstantOfShape",
            "Transpose",
            "Reshape",
            "Flatten",
            "Squeeze",
            "Unsqueeze",
            "Shape",
            "Gather",
            "Concat",
            "Slice",
            "Expand");

    @Override
    public void apply(OnnxNode node) {
        if (!node.is("MatMul") && !node.is("Gemm")) {
            return;
        }
        Optional<Operand> weight = values.operand(node, 1).filter(operand -> operand.rank() == 2);
        if (weight.isEmpty() || weight.get().isNamed()) {
            return;
        }
        if (node.is("Gemm") && node.attributes().flag("transB")) {
            claims.refuse(weight.get().tensor().name(), ConvolutionNames.COMPUTED);
            return;
        }
        Optional<Operand> bias = (node.is("Gemm") ? values.operand(node, 2) : NameRecovery.addedTo(node, values))
                .filter(operand -> operand.rank() == 1);
        Arrangement matrix = weight.get().turnedValues();
        long outputs = matrix.shape()[0];
        Optional<String> name = bias.filter(Operand::isNamed)
                .filter(operand -> operand.tensor().elementCount() == outputs)
                .flatMap(operand -> ParameterNames.weightOf(operand.name()));
        if (name.isPresent()) {
            claim(name.get(), weight.get(), matrix, Recovery.BIAS);
            return;
        }
        Optional<Scope> scope = ties.scope(node, 1).filter(found -> isOnly(found, "MatMul", "Gemm"));
        if (scope.isPresent()) {
            String module = scope.get().module();
            claim(ParameterNames.join(module, "weight"), weight.get(), matrix, Recovery.SCOPE);
            bias.filter(operand -> !operand.isNamed())
                    .ifPresent(operand ->
                            claims.add(ParameterNames.join(module, "bias"), operand.values(), Recovery.SCOPE));
        }
    }

    private void claim(String name, Operand weight, Arrangement matrix, Recovery recovery) {
        claims.add(name, matrix, recovery);
        if (!weight.turned()) {
            ties.turned(name, weight.tensor().name());
        }
    }

    /** Tells whether a module does one of these once, perhaps adds a bias, and nothing else. */
    static boolean isOnly(Scope scope, String... operators) {
        Set<String> work = Set.of(operators);
        long works = scope.nodes().stream()
                .filter(node -> work.contains(node.opType()))
                .count();
        return scope.isInnermost()
                && works == 1
                && scope.count("Add") <= 1
                && scope.nodes().stream()
                        .allMatch(node -> work.contains(node.opType())
                                || node.is("Add")
                                || node.is("Pad")
                                || MOVING.contains(node.opType()));
    }
}
