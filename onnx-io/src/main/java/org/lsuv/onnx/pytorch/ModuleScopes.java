package org.lsuv.onnx.pytorch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;

/**
 * Tells from which modules nodes came, as far as the exporter left it in the model.
 *
 * <p>TorchScript's exporter (PyTorch 1.13 and later) names nodes by the modules that were called one in the
 * other: {@code /layer1/layer1.0/conv1/Conv}. A module that is an element of a container carries the
 * container's name and its own number, one that is only passed through leaves no trace, and the second call
 * of a module gets a number: {@code conv1_1}. The exporter of PyTorch 2 writes the whole path into the node's
 * metadata.
 */
final class ModuleScopes {
    private static final String METADATA = "pkg.torch.onnx.name_scopes";
    private static final Pattern QUOTED = Pattern.compile("'([^']*)'|\"([^\"]*)\"");
    private static final Pattern CALL = Pattern.compile("@[0-9]+$");
    private static final Pattern NUMBERED = Pattern.compile("(.+)_[0-9]+");
    private static final Pattern NUMBERS = Pattern.compile("[0-9]+(\\.[0-9]+)*");

    /**
     * Describes one call of a module.
     *
     * @param module the module's path in the model; empty for the model itself
     * @param nodes the nodes that the module itself made, without those of modules inside
     * @param isInnermost whether no module inside made any
     */
    record Scope(String module, List<OnnxNode> nodes, boolean isInnermost) {
        Scope {
            nodes = List.copyOf(nodes);
        }

        long count(String operator) {
            return nodes.stream().filter(node -> node.is(operator)).count();
        }
    }

    private final OnnxGraph graph;
    private final Map<String, List<OnnxNode>> nodes = new LinkedHashMap<>();
    private final Map<String, OnnxNode> byName = new HashMap<>();
    private final Set<String> outer = new HashSet<>();
    private final Set<String> known;
    private final Map<String, String> modules = new HashMap<>();

    /**
     * Reads the scopes of all nodes.
     *
     * @param known the modules that have parameters whose names are known
     */
    ModuleScopes(OnnxGraph graph, Set<String> known) {
        this.graph = graph;
        this.known = known;
        Map<String, String> exact = new HashMap<>();
        for (OnnxNode node : graph.nodes()) {
            byName.putIfAbsent(node.name(), node);
            key(node).ifPresent(key -> {
                nodes.computeIfAbsent(key, name -> new ArrayList<>()).add(node);
                exact(node).ifPresent(module -> exact.put(key, module));
            });
        }
        for (String key : nodes.keySet()) {
            for (int end = key.lastIndexOf('/'); end >= 0; end = key.lastIndexOf('/', end - 1)) {
                outer.add(key.substring(0, end));
            }
        }
        nodes.keySet().forEach(key -> modules.put(key, path(key, Set.of())));
        Set<String> called = new HashSet<>(modules.values());
        nodes.keySet().forEach(key -> modules.put(key, path(key, called)));
        modules.putAll(exact);
    }

    /** Tells whether any node says where it came from. */
    boolean areThere() {
        return !nodes.isEmpty();
    }

    /** Returns the call in which a node was made. */
    Optional<Scope> of(OnnxNode node) {
        return key(node)
                .map(key -> new Scope(
                        modules.getOrDefault(key, ""), nodes.getOrDefault(key, List.of()), !outer.contains(key)));
    }

    /** Returns the path by the node's metadata, which is exact. */
    Optional<String> exact(OnnxNode node) {
        List<String> scopes = new ArrayList<>();
        Matcher found = QUOTED.matcher(graph.metadata(node, METADATA));
        while (found.find()) {
            scopes.add(found.group(1) == null ? found.group(2) : found.group(1));
        }
        return scopes.size() < 2
                ? Optional.empty()
                : Optional.of(CALL.matcher(scopes.get(scopes.size() - 2)).replaceAll(""));
    }

    /** Returns the nodes that may have done in an earlier call of the same module what a node does. */
    List<OnnxNode> earlierCalls(OnnxNode node) {
        List<OnnxNode> found = new ArrayList<>();
        String[] parts = node.name().split("/", -1);
        for (int i = 1; i < parts.length - 1; i++) {
            Matcher numbered = NUMBERED.matcher(parts[i]);
            if (numbered.matches()) {
                String[] earlier = parts.clone();
                earlier[i] = numbered.group(1);
                Optional.ofNullable(byName.get(String.join("/", earlier))).ifPresent(found::add);
            }
        }
        return found;
    }

    /** Returns the scope with a slash before each part: nothing for the model itself. */
    private Optional<String> key(OnnxNode node) {
        Optional<String> path = exact(node);
        if (path.isPresent()) {
            return path.map(module -> module.isEmpty() ? "" : "/" + module.replace('.', '/'));
        }
        int end = node.name().lastIndexOf('/');
        boolean named = node.name().startsWith("/") && node.name().startsWith(node.opType(), end + 1);
        return named ? Optional.of(node.name().substring(0, end)) : Optional.empty();
    }

    /**
     * Puts the parts of a scope together.
     *
     * @param called the modules that other scopes stand for, which this one cannot mean unless its parts say so
     */
    private String path(String key, Set<String> called) {
        if (key.isEmpty()) {
            return "";
        }
        String path = "";
        String previous = "";
        for (String part : key.substring(1).split("/", -1)) {
            path = next(path, previous, part, called);
            previous = part;
        }
        return path;
    }

    private String next(String path, String previous, String part, Set<String> called) {
        String inside = ParameterNames.join(path, part);
        boolean element = !previous.isEmpty()
                && part.startsWith(previous + ".")
                && NUMBERS.matcher(part.substring(previous.length() + 1)).matches();
        List<String> choices = element ? List.of(path + part.substring(previous.length()), inside) : List.of(inside);
        return choices.stream()
                .filter(known::contains)
                .findFirst()
                .or(() -> passedThrough(path, part, called))
                .orElse(choices.get(0));
    }

    /** Finds the module among the known ones, where one between was never called itself. */
    private Optional<String> passedThrough(String path, String part, Set<String> called) {
        if (called.isEmpty() || NUMBERS.matcher(part).matches()) {
            return Optional.empty();
        }
        List<String> found = known.stream()
                .filter(module -> module.endsWith("." + part) && !called.contains(module))
                .filter(module -> path.isEmpty() || module.startsWith(path + "."))
                .toList();
        return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
    }
}
