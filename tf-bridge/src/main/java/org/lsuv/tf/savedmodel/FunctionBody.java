package org.lsuv.tf.savedmodel;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.tf.OpDefinitions;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.nodes.NodeGraph;
import org.lsuv.tf.nodes.TensorTypes;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/** Reads a function for given attributes: the form of its references becomes that of a graph. */
final class FunctionBody {
    private final FunctionDef definition;
    private final String name;
    private final Map<String, AttrValue> attributes = new HashMap<>();
    private final Function<String, Optional<OpDef>> operations;
    private final Map<String, NodeDef> nodes = new LinkedHashMap<>();
    private final List<NodeGraph.Argument> arguments = new ArrayList<>();
    private final Map<String, List<TensorRef>> argumentTensors = new HashMap<>();

    /**
     * Creates a reader.
     *
     * @param attributes what the caller gives for the attributes of the function
     * @param operations finds the definitions of operations and functions
     */
    FunctionBody(
            FunctionDef definition, Map<String, AttrValue> attributes, Function<String, Optional<OpDef>> operations) {
        this.definition = definition;
        this.name = definition.getSignature().getName();
        this.operations = operations;
        definition.getSignature().getAttrList().stream()
                .filter(OpDef.AttrDef::hasDefaultValue)
                .forEach(attribute -> this.attributes.put(attribute.getName(), attribute.getDefaultValue()));
        this.attributes.putAll(attributes);
    }

    NodeGraph read() {
        OpDef signature = definition.getSignature();
        for (OpDef.ArgDef argument : signature.getInputArgList()) {
            int count = OpDefinitions.count(argument, attributes);
            boolean single = argument.getNumberAttr().isEmpty()
                    && argument.getTypeListAttr().isEmpty();
            List<TensorRef> tensors = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                tensors.add(new TensorRef(NodeGraph.ARGUMENT, arguments.size()));
                arguments.add(new NodeGraph.Argument(
                        single ? argument.getName() : argument.getName() + "_" + i,
                        TensorTypes.of(argument, attributes, signature, i)));
            }
            argumentTensors.put(argument.getName(), tensors);
        }
        for (NodeDef node : definition.getNodeDefList()) {
            nodes.put(node.getName(), bound(node));
        }
        Map<String, NodeDef> read = new LinkedHashMap<>();
        nodes.forEach((key, node) -> {
            NodeDef.Builder copy = node.toBuilder().clearInput();
            for (String input : node.getInputList()) {
                if (!NodeGraph.isControl(input)) {
                    tensors(input, node.getName()).forEach(tensor -> copy.addInput(tensor.toString()));
                } else if (nodes.containsKey(input.substring(1))) {
                    // An argument runs before everything anyhow.
                    copy.addInput(input);
                }
            }
            read.put(key, copy.build());
        });
        List<TensorRef> results = new ArrayList<>();
        for (OpDef.ArgDef result : signature.getOutputArgList()) {
            results.addAll(tensors(definition.getRetOrDefault(result.getName(), ""), result.getName()));
        }
        return new NodeGraph(read, arguments, results);
    }

    /** Returns what a reference stands for: {@code argument}, {@code node:output:0}, or all of {@code node:output}. */
    private List<TensorRef> tensors(String reference, String reader) {
        int first = reference.indexOf(':');
        String source = first < 0 ? reference : reference.substring(0, first);
        String rest = first < 0 ? "" : reference.substring(first + 1);
        List<TensorRef> argument = argumentTensors.get(source);
        try {
            if (argument != null) {
                return rest.isEmpty() ? argument : List.of(argument.get(Integer.parseInt(rest)));
            }
            NodeDef node = nodes.get(source);
            if (node != null && rest.isEmpty()) {
                return List.of(new TensorRef(source, 0));
            }
            if (node != null) {
                int colon = rest.lastIndexOf(':');
                return outputs(
                        node, colon < 0 ? rest : rest.substring(0, colon), colon < 0 ? "" : rest.substring(colon + 1));
            }
        } catch (NumberFormatException | IndexOutOfBoundsException malformed) {
            throw new OnnxFormatException(
                    where(reader) + "\"" + reference + "\" names no tensor of the function", malformed);
        }
        throw new OnnxFormatException(where(reader) + "reads \"" + reference + "\", which is not in the function");
    }

    private List<TensorRef> outputs(NodeDef node, String output, String index) {
        Optional<OpDef> type = operations.apply(node.getOp());
        if (type.isEmpty()) {
            // What TensorFlow lacks is reported with everything else that it lacks.
            return List.of(new TensorRef(node.getName(), index.isEmpty() ? 0 : Integer.parseInt(index)));
        }
        int start = OpDefinitions.firstOutput(type.get(), node, output)
                .orElseThrow(() -> new OnnxFormatException(
                        where(node.getName()) + node.getOp() + " has no output \"" + output + "\""));
        if (!index.isEmpty()) {
            return List.of(new TensorRef(node.getName(), start + Integer.parseInt(index)));
        }
        List<TensorRef> all = new ArrayList<>();
        type.get().getOutputArgList().stream()
                .filter(argument -> argument.getName().equals(output))
                .findFirst()
                .ifPresent(argument -> {
                    for (int i = 0; i < OpDefinitions.count(argument, node.getAttrMap()); i++) {
                        all.add(new TensorRef(node.getName(), start + i));
                    }
                });
        return all;
    }

    private String where(String node) {
        return "function \"" + name + "\", node \"" + node + "\": ";
    }

    private NodeDef bound(NodeDef node) {
        NodeDef.Builder copy = node.toBuilder();
        node.getAttrMap().forEach((key, value) -> copy.putAttr(key, bound(value, node.getName())));
        if (node.getOp().equals("Const")) {
            copy.putAttr(FunctionInliner.ORIGIN_FUNCTION, text(name));
            copy.putAttr(FunctionInliner.ORIGIN_NODE, text(node.getName()));
        }
        return copy.build();
    }

    private static AttrValue text(String text) {
        return AttrValue.newBuilder().setS(ByteString.copyFromUtf8(text)).build();
    }

    private AttrValue bound(AttrValue value, String node) {
        switch (value.getValueCase()) {
            case PLACEHOLDER -> {
                AttrValue given = attributes.get(value.getPlaceholder());
                if (given == null) {
                    throw new OnnxFormatException(
                            where(node) + "the attribute \"" + value.getPlaceholder() + "\" is not given");
                }
                return given;
            }
            case FUNC -> {
                return value.toBuilder().setFunc(bound(value.getFunc(), node)).build();
            }
            case LIST -> {
                if (value.getList().getFuncCount() == 0) {
                    return value;
                }
                AttrValue.Builder list = value.toBuilder();
                for (int i = 0; i < value.getList().getFuncCount(); i++) {
                    list.getListBuilder().setFunc(i, bound(value.getList().getFunc(i), node));
                }
                return list.build();
            }
            default -> {
                return value;
            }
        }
    }

    private NameAttrList bound(NameAttrList function, String node) {
        NameAttrList.Builder copy = function.toBuilder();
        function.getAttrMap().forEach((key, value) -> copy.putAttr(key, bound(value, node)));
        return copy.build();
    }
}
