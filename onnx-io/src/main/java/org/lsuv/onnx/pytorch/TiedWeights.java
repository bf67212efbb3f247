package org.lsuv.onnx.pytorch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.pytorch.ModuleScopes.Scope;
import org.lsuv.onnx.pytorch.StoredValues.Operand;

/** Tells by the values before initialisation which weights were one parameter. */
final class TiedWeights {
    private final StoredValues before;
    private final ModuleScopes scopes;
    private final Map<String, String> matrices = new LinkedHashMap<>();

    TiedWeights(OnnxModel before, ModuleScopes scopes) {
        this.before = new StoredValues(before.graph());
        this.scopes = scopes;
    }

    /**
     * Returns the call in which a node was made; where it is another call of a module that was called
     * before, by the weight that both read, the first one.
     */
    Optional<Scope> scope(OnnxNode node, int weight) {
        return scopes.earlierCalls(node).stream()
                .filter(earlier -> readsTheSame(earlier, node, weight))
                .findFirst()
                .or(() -> Optional.of(node))
                .flatMap(scopes::of);
    }

    private boolean readsTheSame(OnnxNode one, OnnxNode other, int input) {
        Optional<Operand> first = inBefore(one, input);
        Optional<Operand> second = inBefore(other, input);
        return first.isPresent()
                && second.isPresent()
                && first.get().values().holdsTheSameAs(second.get().values());
    }

    private Optional<Operand> inBefore(OnnxNode node, int input) {
        return before.graph().producer(node.firstOutput()).flatMap(same -> before.operand(same, input));
    }

    /** Remembers that a parameter was made from a stored matrix by exchanging rows and columns. */
    void turned(String name, String source) {
        matrices.put(name, source);
    }

    /** Returns a sentence for every parameter that held the values of another one, and does no longer. */
    List<String> notes(List<Parameter> parameters) {
        List<String> notes = new ArrayList<>();
        for (Parameter parameter : parameters) {
            String source = matrices.get(parameter.name());
            Optional<OnnxTensor> old =
                    source == null ? Optional.empty() : before.operand(source).map(Operand::tensor);
            if (old.isPresent()) {
                parameters.stream()
                        .filter(other -> other.recovery() == Recovery.KEPT)
                        .filter(other -> wasTied(old.get(), other) && !holdTheSame(parameter, other))
                        .map(other -> "\"" + parameter.name() + "\" and \"" + other.name()
                                + "\" held equal values and do no longer: if they are one parameter in PyTorch, it"
                                + " gets the one that is loaded last; export with do_constant_folding=False to keep"
                                + " them one")
                        .forEach(notes::add);
            }
        }
        return notes;
    }

    private boolean wasTied(OnnxTensor matrix, Parameter other) {
        long[] shape = matrix.shape();
        long[] named = other.tensor().shape();
        return named.length == 2
                && named[0] == shape[1]
                && named[1] == shape[0]
                && before.operand(other.name())
                        .filter(operand -> Arrangement.transposed(matrix).holdsTheSameAs(operand.values()))
                        .isPresent();
    }

    private static boolean holdTheSame(Parameter one, Parameter other) {
        return Arrangement.of(one.tensor()).holdsTheSameAs(Arrangement.of(other.tensor()));
    }
}
