package org.lsuv.onnx.pytorch;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.pytorch.ModuleScopes.Scope;
import org.lsuv.onnx.pytorch.StoredValues.Operand;

/**
 * Names the weights of recurrent modules. ONNX stores W as directions × (gates · hidden) × inputs and B as
 * directions × (2 · gates · hidden), the biases of W before those of R (operators RNN, GRU and LSTM since
 * version 7); PyTorch has a tensor for each layer and direction, and its gates in another order.
 *
 * @param values what is stored
 * @param scopes the modules of nodes
 * @param ties which weights were one
 * @param claims where names go
 */
record RecurrentNames(StoredValues values, ModuleScopes scopes, TiedWeights ties, Claims claims)
        implements NameRecovery.NamingRule {
    /** Where each of PyTorch's gates lies in ONNX: LSTM i f g o in i o f c, GRU r z n in z r h. */
    private static final Map<String, List<Integer>> GATES =
            Map.of("RNN", List.of(0), "GRU", List.of(1, 0, 2), "LSTM", List.of(0, 2, 3, 1));

    private static final int PEEPHOLES = 7;

    @Override
    public void apply(OnnxNode node) {
        if (!node.domain().isEmpty() || !GATES.containsKey(node.opType())) {
            return;
        }
        Optional<Operand> input = weight(node, 1, 3);
        Optional<Operand> state = weight(node, 2, 3);
        Optional<Operand> bias = weight(node, 3, 2);
        if (input.isEmpty() || state.isEmpty()) {
            return;
        }
        Optional<String> problem = problem(node, bias);
        if (problem.isPresent()) {
            List.of(input, state, bias)
                    .forEach(operand -> operand.ifPresent(
                            found -> claims.refuse(found.tensor().name(), problem.get())));
            return;
        }
        Optional<Scope> module = ties.scope(node, 1).filter(Scope::isInnermost);
        Optional<Scope> own = scopes.of(node);
        if (module.isPresent() && own.isPresent()) {
            long layer = own.get().nodes().stream()
                    .filter(other -> GATES.containsKey(other.opType()) && other.index() < node.index())
                    .count();
            name(
                    node,
                    module.get().module(),
                    layer,
                    input.get().tensor(),
                    state.get().tensor(),
                    bias.map(Operand::tensor));
        }
    }

    private Optional<Operand> weight(OnnxNode node, int input, int rank) {
        return values.operand(node, input)
                .filter(operand -> !operand.isNamed() && !operand.turned() && operand.rank() == rank);
    }

    /** Says what PyTorch's modules cannot do, or what does not fit. */
    private Optional<String> problem(OnnxNode node, Optional<Operand> bias) {
        if (node.attributes().stringOr("direction", "forward").equals("reverse")) {
            return Optional.of("belongs to a recurrent layer that only runs backwards, which PyTorch has not");
        }
        if (!node.input(PEEPHOLES).isEmpty()) {
            return Optional.of("belongs to an LSTM with peepholes, which PyTorch has not");
        }
        if (node.is("GRU") && node.attributes().intOr("linear_before_reset", 0) == 0) {
            return Optional.of("belongs to a GRU that resets before its product, which PyTorch has not");
        }
        if (!node.input(3).isEmpty() && bias.isEmpty()) {
            return Optional.of("belongs to a recurrent layer whose biases are not stored as one tensor");
        }
        long gates = GATES.getOrDefault(node.opType(), List.of()).size();
        long[] weight = values.operand(node, 1).orElseThrow().tensor().shape();
        long[] state = values.operand(node, 2).orElseThrow().tensor().shape();
        boolean fits = weight[0] == directions(node).size()
                && state[0] == weight[0]
                && weight[1] == gates * state[2]
                && state[1] == weight[1]
                && bias.map(found -> found.tensor().shape())
                        .map(shape -> shape[0] == weight[0] && shape[1] == 2 * weight[1])
                        .orElse(true);
        return fits ? Optional.empty() : Optional.of("has a shape that does not fit " + node.describe());
    }

    private static List<String> directions(OnnxNode node) {
        boolean both = node.attributes().stringOr("direction", "forward").equals("bidirectional");
        return both ? List.of("", "_reverse") : List.of("");
    }

    private void name(
            OnnxNode node, String module, long layer, OnnxTensor input, OnnxTensor state, Optional<OnnxTensor> bias) {
        List<Integer> gates = GATES.getOrDefault(node.opType(), List.of());
        List<String> directions = directions(node);
        for (int i = 0; i < directions.size(); i++) {
            String suffix = "_l" + layer + directions.get(i);
            claims.add(
                    ParameterNames.join(module, "weight_ih" + suffix),
                    gates(input, i, 0, 1, gates),
                    Recovery.RECURRENT);
            claims.add(
                    ParameterNames.join(module, "weight_hh" + suffix),
                    gates(state, i, 0, 1, gates),
                    Recovery.RECURRENT);
            if (bias.isPresent()) {
                OnnxTensor both = bias.get();
                claims.add(
                        ParameterNames.join(module, "bias_ih" + suffix),
                        gates(both, i, 0, 2, gates),
                        Recovery.RECURRENT);
                claims.add(
                        ParameterNames.join(module, "bias_hh" + suffix),
                        gates(both, i, 1, 2, gates),
                        Recovery.RECURRENT);
            }
        }
    }

    /**
     * Takes one direction of a tensor, gate by gate.
     *
     * @param part which of the parts that lie one after the other
     * @param parts how many there are: B holds two
     */
    private static Arrangement gates(OnnxTensor tensor, int direction, int part, int parts, List<Integer> gates) {
        long[] shape = tensor.shape();
        long[] gate = Arrays.copyOfRange(shape, 1, shape.length);
        gate[0] /= (long) parts * gates.size();
        long size = Arrays.stream(gate).reduce(1, (a, b) -> a * b);
        long start = ((long) direction * parts + part) * gates.size();
        return Arrangement.blocks(
                tensor,
                gates.stream().map(position -> (start + position) * size),
                Arrays.stream(gate).boxed().toList());
    }
}
