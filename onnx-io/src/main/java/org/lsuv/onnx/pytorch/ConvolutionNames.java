package org.lsuv.onnx.pytorch;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.pytorch.ModuleScopes.Scope;
import org.lsuv.onnx.pytorch.StoredValues.Operand;

/**
 * Names the kernels of convolutions that have lost theirs. Where the bias has lost its name with the kernel,
 * the exporter has folded a batch normalisation into both. A kernel without a name beside a bias with one was
 * computed from other parameters: it has no place in the module.
 *
 * @param values what is stored
 * @param scopes the modules of nodes
 * @param ties which weights were one
 * @param claims where names go
 */
record ConvolutionNames(StoredValues values, ModuleScopes scopes, TiedWeights ties, Claims claims)
        implements NameRecovery.NamingRule {
    private static final Set<String> FOLDABLE = Set.of("Conv", "ConvTranspose", "Gemm");

    static final String COMPUTED = "was computed from other parameters, as weight normalisation does, and the"
            + " exporter has folded the computation; export with do_constant_folding=False";

    /**
     * Returns what weight and bias are called that PyTorch 2's exporter has folded a normalisation into: the
     * weight has kept its name, and the bias is called after what the product reads.
     */
    static Map<String, String> foldedInPlace(StoredValues values) {
        Map<String, String> names = new HashMap<>();
        for (OnnxNode node : values.graph().nodes()) {
            Optional<String> weight =
                    FOLDABLE.contains(node.opType()) ? values.operand(node, 1).map(Operand::name) : Optional.empty();
            String bias = node.input(2);
            boolean invented = bias.matches(Pattern.quote(node.input(0)) + "_bias(_[0-9]+)?");
            if (invented && weight.isPresent() && values.stored(bias).isPresent()) {
                String module = ParameterNames.module(weight.get());
                if (weight.get().equals(ParameterNames.join(module, "weight"))) {
                    names.put(weight.get(), weight.get());
                    names.put(bias, ParameterNames.join(module, "bias"));
                }
            }
        }
        return names;
    }

    @Override
    public void apply(OnnxNode node) {
        if (!node.is("Conv") && !node.is("ConvTranspose")) {
            return;
        }
        Optional<Operand> weight = values.operand(node, 1).filter(operand -> !operand.isNamed());
        if (weight.isEmpty()) {
            return;
        }
        Optional<Operand> bias = values.operand(node, 2).filter(operand -> !operand.isNamed());
        if (bias.isEmpty()) {
            claims.refuse(weight.get().tensor().name(), COMPUTED);
            return;
        }
        Optional<Scope> scope = ties.scope(node, 1).filter(found -> LinearNames.isOnly(found, "Conv", "ConvTranspose"));
        if (scope.isPresent()) {
            String module = scope.get().module();
            claims.add(ParameterNames.join(module, "weight"), weight.get().values(), Recovery.FOLDED_BATCH_NORM);
            claims.add(ParameterNames.join(module, "bias"), bias.get().values(), Recovery.FOLDED_BATCH_NORM);
        }
    }
}
