package org.lsuv.onnx.pytorch;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.pytorch.StoredValues.Operand;

/** Finds the names of one model's parameters: those that it has kept, then those that rules give. */
final class NameRecovery {
    private final OnnxModel before;
    private final OnnxModel after;
    private final StoredValues values;
    private final Claims claims = new Claims();
    private final List<String> notes = new ArrayList<>();

    NameRecovery(OnnxModel before, OnnxModel after) {
        this.before = before;
        this.after = after;
        this.values = new StoredValues(after.graph());
    }

    StateDict run() {
        List<OnnxTensor> stored = values.all();
        if (!isFromPyTorch(stored)) {
            return asStored(stored);
        }
        List<OnnxTensor> named = stored.stream()
                .filter(tensor -> ParameterNames.isParameter(tensor.name()))
                .filter(tensor -> !isNew(tensor.name()))
                .toList();
        Set<String> names = new HashSet<>();
        named.forEach(tensor -> names.add(tensor.name()));
        mergedNames().forEach(node -> names.add(node.output(0)));
        ModuleScopes scopes = new ModuleScopes(after.graph(), ParameterNames.modules(names));
        Map<String, String> folded = ConvolutionNames.foldedInPlace(values);
        for (OnnxTensor tensor : named) {
            String name = folded.get(tensor.name());
            if (name == null) {
                keep(tensor, scopes, names);
            } else {
                claims.add(name, Arrangement.of(tensor), Recovery.FOLDED_BATCH_NORM);
            }
        }
        for (OnnxNode node : mergedNames()) {
            values.operand(node.output(0))
                    .ifPresent(operand -> claims.add(node.output(0), operand.values(), Recovery.KEPT));
        }
        TiedWeights ties = new TiedWeights(before, scopes);
        List<NamingRule> rules = List.of(
                new LinearNames(values, scopes, ties, claims),
                new ConvolutionNames(values, scopes, ties, claims),
                new RecurrentNames(values, scopes, ties, claims),
                new AttentionNames(values, scopes, names, claims),
                new NormalisationNames(values, scopes, claims),
                new TiedNames(values, scopes, claims));
        for (OnnxNode node : after.graph().nodes()) {
            rules.forEach(rule -> rule.apply(node));
        }
        List<Parameter> parameters = claims.parameters();
        stored.forEach(tensor -> explain(tensor, scopes));
        notes.addAll(ties.notes(parameters));
        notes.addAll(RecoveryNotes.of(parameters));
        List<Lost> lost = new ArrayList<>(claims.lost(stored));
        lost.addAll(UnreachedValues.of(after.graph()));
        return new StateDict(StateDict.Naming.PYTORCH, parameters, lost, notes);
    }

    private boolean isFromPyTorch(List<OnnxTensor> stored) {
        return before.producer().toLowerCase(Locale.ROOT).contains("torch")
                || stored.stream()
                        .anyMatch(tensor -> tensor.name().startsWith("onnx::")
                                || (tensor.name().endsWith(".weight") && ParameterNames.isParameter(tensor.name())));
    }

    private StateDict asStored(List<OnnxTensor> stored) {
        List<Parameter> parameters = stored.stream()
                .filter(tensor -> after.graph().initializerNames().contains(tensor.name()) || hasValues(tensor))
                .map(tensor -> new Parameter(tensor, List.of(tensor.name()), Recovery.KEPT))
                .toList();
        return new StateDict(
                StateDict.Naming.ONNX,
                parameters,
                UnreachedValues.of(after.graph()),
                List.of("the model does not come from PyTorch: weights have the names and layouts of the ONNX file"));
    }

    private static boolean hasValues(OnnxTensor tensor) {
        return tensor.type().isFloating() && tensor.elementCount() > 1;
    }

    /** Tells whether all elements are equal: a state to start from, or a scale of one, is no parameter. */
    private static boolean isUniform(OnnxTensor tensor) {
        List<ByteBuffer> chunks = tensor.chunks();
        int width = tensor.type().bits() / 8;
        ByteBuffer first = chunks.get(0).slice(0, width);
        for (ByteBuffer chunk : chunks) {
            for (int at = 0; at < chunk.limit(); at += width) {
                if (!chunk.slice(at, width).equals(first)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Tells whether a name came into the model after it was exported, as those of copies do. */
    private boolean isNew(String name) {
        OnnxGraph graph = before.graph();
        return !graph.initializerNames().contains(name) && graph.producer(name).isEmpty();
    }

    /** Returns the nodes by which parameters read an equal one that the exporter has kept for all of them. */
    private List<OnnxNode> mergedNames() {
        OnnxGraph graph = after.graph();
        return graph.nodes().stream()
                .filter(node -> node.is("Identity") && !graph.isOutput(node.output(0)))
                .filter(node -> ParameterNames.isParameter(node.output(0)))
                .filter(node -> values.operand(node.output(0))
                        .filter(operand -> !operand.turned())
                        .isPresent())
                .toList();
    }

    private void keep(OnnxTensor tensor, ModuleScopes scopes, Set<String> names) {
        Optional<String> flattened = FlattenedNames.original(tensor.name(), after.graph(), scopes);
        if (flattened.isPresent()) {
            claims.add(flattened.get(), Arrangement.of(tensor), Recovery.SCOPE);
        } else if (FlattenedNames.isFlattened(tensor.name(), names)) {
            claims.refuse(tensor.name(), "stands for a name with dots, and no node says where they were");
        } else {
            claims.add(tensor.name(), Arrangement.of(tensor), Recovery.KEPT);
        }
    }

    private void explain(OnnxTensor tensor, ModuleScopes scopes) {
        boolean isConstant = !after.graph().initializerNames().contains(tensor.name());
        if (!hasValues(tensor) || (isConstant && isUniform(tensor))) {
            return;
        }
        if (isNew(tensor.name())) {
            claims.refuse(tensor.name(), "is a copy made by --ties split; in PyTorch there is one parameter for all");
        }
        String reader = after.graph().consumers(tensor.name()).stream()
                .findFirst()
                .map(node -> "is read by " + node.opType() + " \""
                        + (node.name().isEmpty() ? node.firstOutput() : node.name()) + "\", ")
                .orElse("is read by no node, ");
        claims.refuse(
                tensor.name(),
                reader
                        + (scopes.areThere()
                                ? "and nothing there tells its name in PyTorch"
                                : "and the nodes of this export do not name their modules"));
    }

    /** Names what one kind of operator reads. */
    interface NamingRule {
        void apply(OnnxNode node);
    }

    /** Returns the bias that is added to what a node gives, if that is all that reads it. */
    static Optional<Operand> addedTo(OnnxNode node, StoredValues values) {
        List<OnnxNode> readers = values.graph().consumers(node.output(0));
        if (readers.size() != 1 || !readers.get(0).is("Add")) {
            return Optional.empty();
        }
        OnnxNode add = readers.get(0);
        int other = add.input(0).equals(node.output(0)) ? 1 : 0;
        return values.operand(add, other).filter(operand -> operand.rank() == 1);
    }
}
