package org.lsuv.onnx.pytorch;

import java.util.Optional;
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
    static final String COMPUTED = "was computed from other parameters, as weight normalisation does, and the"
            + " exporter has folded the computation; export with do_constant_folding=False";

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
