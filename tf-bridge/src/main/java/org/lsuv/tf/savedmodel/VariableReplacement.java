package org.lsuv.tf.savedmodel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.nodes.AttrValues;
import org.lsuv.tf.nodes.FlatGraph;
import org.lsuv.tf.nodes.NodeGraph;
import org.lsuv.tf.nodes.Redirections;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/**
 * Lets the values of variables flow where their handles did: through identities, branches, frames and the arguments
 * of control flow, down to where they are read.
 */
final class VariableReplacement {
    private final FlatGraph graph;
    private final Map<String, NodeGraph> functions = new LinkedHashMap<>();
    private final Map<String, String> specialised = new HashMap<>();
    private final Map<String, Variables.Variable> found = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();

    VariableReplacement(FlatGraph graph) {
        this.graph = graph;
    }

    Variables run() {
        NodeGraph main = new Pass(graph.main(), Map.of()).run();
        return new Variables(new FlatGraph(main, functions).pruned(), found, problems);
    }

    /** Makes the body of a function for arguments of which some are variables, and returns its name. */
    private String specialise(String name, Map<Integer, DataType> handles) {
        NodeGraph body = graph.functions().get(name);
        if (body == null) {
            return name;
        }
        String key = name + " " + new TreeMap<>(handles);
        String known = specialised.get(key);
        if (known == null) {
            known = name;
            for (int i = 1; functions.containsKey(known); i++) {
                known = name + "_v" + i;
            }
            specialised.put(key, known);
            functions.put(known, body);
            functions.put(known, new Pass(body, handles).run());
        }
        return known;
    }

    /** Replaces the variables of one graph or body. */
    private final class Pass {
        private final NodeGraph source;
        private final Map<Integer, DataType> arguments;
        private final Map<TensorRef, Optional<DataType>> handles = new HashMap<>();
        private final Set<TensorRef> asked = new HashSet<>();
        private final Map<String, NodeDef> nodes = new LinkedHashMap<>();
        private final Redirections redirections = new Redirections();

        Pass(NodeGraph source, Map<Integer, DataType> arguments) {
            this.source = source;
            this.arguments = arguments;
        }

        NodeGraph run() {
            source.nodes().values().forEach(this::replace);
            List<NodeGraph.Argument> typed = new ArrayList<>();
            for (int i = 0; i < source.arguments().size(); i++) {
                NodeGraph.Argument argument = source.arguments().get(i);
                typed.add(new NodeGraph.Argument(argument.name(), arguments.getOrDefault(i, argument.type())));
            }
            return redirections.apply(new NodeGraph(nodes, typed, source.results()));
        }

        /** Returns the type of the variable whose handle a tensor is. */
        private Optional<DataType> handle(TensorRef tensor) {
            Optional<DataType> known = handles.get(tensor);
            if (known == null) {
                // Within a loop the value comes from before it.
                known = asked.add(tensor) ? findHandle(tensor) : Optional.empty();
                asked.remove(tensor);
                handles.put(tensor, known);
            }
            return known;
        }

        private Optional<DataType> findHandle(TensorRef tensor) {
            if (tensor.op().equals(NodeGraph.ARGUMENT)) {
                return Optional.ofNullable(arguments.get(tensor.index()));
            }
            NodeDef node = source.nodes().get(tensor.op());
            if (node == null) {
                return Optional.empty();
            }
            List<TensorRef> inputs = NodeGraph.data(node);
            switch (node.getOp()) {
                case "VarHandleOp" -> {
                    return Optional.of(Variables.Variable.of(node).type());
                }
                case "Identity", "Switch", "Enter", "Exit", "NextIteration" -> {
                    return handle(inputs.get(0));
                }
                case "Merge" -> {
                    return tensor.index() > 0
                            ? Optional.empty()
                            : inputs.stream()
                                    .flatMap(input -> handle(input).stream())
                                    .findFirst();
                }
                case "IdentityN", "While", "StatelessWhile" -> {
                    return handle(inputs.get(tensor.index()));
                }
                case "If", "StatelessIf", "Case", "StatelessCase" -> {
                    NodeGraph body =
                            graph.functions().get(FlatGraph.functionsOf(node).get(0));
                    return body == null
                            ? Optional.empty()
                            : passedArgument(body, body.results().get(tensor.index()))
                                    .flatMap(argument -> handle(inputs.get(argument + 1)));
                }
                default -> {
                    return Optional.empty();
                }
            }
        }

        private static Optional<Integer> passedArgument(NodeGraph body, TensorRef result) {
            TensorRef current = result;
            for (int i = 0; i <= body.nodes().size(); i++) {
                if (current.op().equals(NodeGraph.ARGUMENT)) {
                    return Optional.of(current.index());
                }
                NodeDef node = body.nodes().get(current.op());
                if (node == null || !node.getOp().equals("Identity")) {
                    return Optional.empty();
                }
                current = NodeGraph.input(node, 0);
            }
            return Optional.empty();
        }

        private void replace(NodeDef node) {
            List<TensorRef> inputs = NodeGraph.data(node);
            Map<Integer, DataType> read = new TreeMap<>();
            for (int i = 0; i < inputs.size(); i++) {
                int position = i;
                handle(inputs.get(i)).ifPresent(type -> read.put(position, type));
            }
            if (Variables.isVariable(node)) {
                addVariable(node);
            } else if (node.getOp().startsWith("Ref") || node.getOp().equals("Assign")) {
                replaceReference(node);
            } else if (node.getOp().equals("IsVariableInitialized")) {
                put(initialised(node));
            } else if (read.isEmpty()) {
                put(withBodies(node, read, 0));
            } else {
                replaceReader(node, read);
            }
        }

        private void put(NodeDef node) {
            nodes.put(node.getName(), node);
        }

        private void addVariable(NodeDef node) {
            Variables.Variable variable = Variables.Variable.of(node);
            found.put(variable.name(), variable);
            put(NodeDef.newBuilder()
                    .setName(node.getName())
                    .setOp("Placeholder")
                    .putAttr("dtype", AttrValues.of(variable.type()))
                    .putAttr("shape", AttrValues.of(variable.shape()))
                    .build());
        }

        /** What took references to variables takes values. */
        private void replaceReference(NodeDef node) {
            switch (node.getOp()) {
                case "RefIdentity", "RefSwitch", "RefMerge", "RefEnter", "RefExit", "RefNextIteration" ->
                    put(node.toBuilder().setOp(node.getOp().substring(3)).build());
                // What is read behind an assignment is what was assigned.
                case "Assign" -> redirections.put(new TensorRef(node.getName(), 0), NodeGraph.input(node, 1));
                default -> put(node);
            }
        }

        private void replaceReader(NodeDef node, Map<Integer, DataType> read) {
            DataType type = read.values().iterator().next();
            switch (node.getOp()) {
                case "ReadVariableOp" -> redirections.put(new TensorRef(node.getName(), 0), NodeGraph.input(node, 0));
                case "Identity", "Switch", "Enter", "Exit", "NextIteration", "Merge" ->
                    put(node.toBuilder().putAttr("T", AttrValues.of(type)).build());
                case "IdentityN" -> put(retyped(node, "T", read, 0));
                case "VarIsInitializedOp" -> put(initialised(node));
                case "VariableShape" ->
                    put(node.toBuilder()
                            .setOp("Shape")
                            .putAttr("T", AttrValues.of(type))
                            .build());
                case "ResourceGather" -> gather(node, type);
                case "ResourceGatherNd" ->
                    put(node.toBuilder()
                            .setOp("GatherNd")
                            .removeAttr("dtype")
                            .putAttr("Tparams", AttrValues.of(type))
                            .build());
                case "While", "StatelessWhile" -> put(withBodies(retyped(node, "T", read, 0), read, 0));
                case "If", "StatelessIf", "Case", "StatelessCase" -> branch(node, read);
                default ->
                    problems.add("node \"" + node.getName() + "\": " + node.getOp()
                            + " uses the variable \""
                            + NodeGraph.input(node, read.keySet().iterator().next())
                                    .op()
                            + "\" itself, not its value");
            }
        }

        private void branch(NodeDef node, Map<Integer, DataType> read) {
            NodeDef changed = withBodies(retyped(node, "Tin", read, 1), read, 1);
            Map<Integer, DataType> results = new TreeMap<>();
            int count = node.getAttrOrDefault("Tout", AttrValue.getDefaultInstance())
                    .getList()
                    .getTypeCount();
            for (int i = 0; i < count; i++) {
                int position = i;
                handle(new TensorRef(node.getName(), i)).ifPresent(type -> results.put(position, type));
            }
            put(retyped(changed, "Tout", results, 0));
        }

        private NodeDef withBodies(NodeDef node, Map<Integer, DataType> read, int offset) {
            Map<Integer, DataType> passed = new TreeMap<>();
            read.forEach((input, type) -> passed.put(input - offset, type));
            NodeDef.Builder changed = node.toBuilder();
            node.getAttrMap().forEach((name, value) -> {
                if (value.hasFunc()) {
                    changed.putAttr(
                            name, AttrValues.of(specialise(value.getFunc().getName(), passed)));
                } else if (value.hasList() && value.getList().getFuncCount() > 0) {
                    AttrValue.Builder list = value.toBuilder();
                    for (int i = 0; i < value.getList().getFuncCount(); i++) {
                        list.getListBuilder()
                                .setFunc(
                                        i,
                                        NameAttrList.newBuilder()
                                                .setName(specialise(
                                                        value.getList()
                                                                .getFunc(i)
                                                                .getName(),
                                                        passed)));
                    }
                    changed.putAttr(name, list.build());
                }
            });
            return changed.build();
        }

        private NodeDef retyped(NodeDef node, String attribute, Map<Integer, DataType> types, int offset) {
            AttrValue.Builder list = node.getAttrOrThrow(attribute).toBuilder();
            types.forEach((input, type) -> list.getListBuilder().setType(input - offset, type));
            return node.toBuilder().putAttr(attribute, list.build()).build();
        }

        private void gather(NodeDef node, DataType type) {
            String axis = node.getName() + "/axis";
            while (source.nodes().containsKey(axis) || nodes.containsKey(axis)) {
                axis += "_";
            }
            put(AttrValues.constant(
                    axis, DataType.DT_INT32, TensorProto.newBuilder().addIntVal(0)));
            NodeDef.Builder changed = node.toBuilder()
                    .setOp("GatherV2")
                    .clearInput()
                    .addAllInput(node.getInputList().subList(0, 2))
                    .addInput(axis)
                    .addAllInput(node.getInputList().subList(2, node.getInputCount()))
                    .removeAttr("dtype")
                    .removeAttr("validate_indices")
                    .putAttr("Tparams", AttrValues.of(type))
                    .putAttr("Taxis", AttrValues.of(DataType.DT_INT32));
            put(changed.build());
        }

        private static NodeDef initialised(NodeDef node) {
            return AttrValues.constant(
                    node.getName(), DataType.DT_BOOL, TensorProto.newBuilder().addBoolVal(true));
        }
    }
}
