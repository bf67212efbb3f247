package org.lsuv.onnx.pytorch;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;

/**
 * Restores names that {@code torch.export} made into identifiers: {@code p_layer1_0_conv_weight} for the
 * parameter {@code layer1.0.conv.weight}, and {@code b_…} for buffers. The underscores alone do not say
 * where dots were; the module of a node that reads the tensor does.
 */
final class FlattenedNames {
    private static final Pattern FLATTENED = Pattern.compile("[pb]_\\w+");
    private static final Pattern LEAF = Pattern.compile("[A-Za-z0-9]+|(in|[qkv])_proj_(weight|bias)|running_(mean|var)"
            + "|num_batches_tracked|bias_[kv]|(weight|bias)_[ih]h(_l[0-9]+(_reverse)?)?");
    private static final Pattern OTHER = Pattern.compile("[^A-Za-z0-9]");

    private FlattenedNames() {}

    /** Tells whether a name can only be a flattened one: no name of the model has dots, as most have. */
    static boolean isFlattened(String name, Collection<String> names) {
        return FLATTENED.matcher(name).matches() && names.stream().noneMatch(other -> other.contains("."));
    }

    static Optional<String> original(String name, OnnxGraph graph, ModuleScopes scopes) {
        if (!FLATTENED.matcher(name).matches()) {
            return Optional.empty();
        }
        Deque<String> readings = new ArrayDeque<>();
        readings.add(name);
        while (!readings.isEmpty()) {
            for (OnnxNode node : graph.consumers(readings.remove())) {
                Optional<String> found = scopes.exact(node).flatMap(module -> within(module, name));
                if (found.isPresent()) {
                    return found;
                }
                if (node.is("Transpose") || node.is("Identity") || node.is("Cast")) {
                    readings.add(node.output(0));
                }
            }
        }
        return Optional.empty();
    }

    /** Takes what follows the module for the parameter, where that is one word or the name of a usual one. */
    private static Optional<String> within(String module, String name) {
        String start = name.substring(0, 2)
                + (module.isEmpty() ? "" : OTHER.matcher(module).replaceAll("_") + "_");
        if (!name.toLowerCase(Locale.ROOT).startsWith(start.toLowerCase(Locale.ROOT))) {
            return Optional.empty();
        }
        String leaf = name.substring(start.length());
        return module.isEmpty() || LEAF.matcher(leaf).matches()
                ? Optional.of(ParameterNames.join(module, leaf))
                : Optional.empty();
    }
}
