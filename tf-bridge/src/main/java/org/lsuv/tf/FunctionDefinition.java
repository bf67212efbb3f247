package org.lsuv.tf;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.FunctionDefLibrary;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * Writes a graph as a function. TensorFlow's Java API has functions of its own, but not with lists of tensors
 * among arguments or results.
 *
 * @param name the name of the function, made from its contents
 * @param library the function, and those that it calls
 * @param stateful whether it has side effects
 */
record FunctionDefinition(String name, FunctionDefLibrary library, boolean stateful) {
    static FunctionDefinition of(
            Graph graph, List<? extends Operand<?>> arguments, List<? extends Operand<?>> results) {
        GraphDef definition = graph.toGraphDef();
        Map<String, NodeDef> nodes = new HashMap<>();
        definition.getNodeList().forEach(node -> nodes.put(node.getName(), node));
        FunctionDef.Builder function = FunctionDef.newBuilder();
        OpDef.Builder signature = OpDef.newBuilder();
        Map<String, String> named = new HashMap<>();
        for (int i = 0; i < arguments.size(); i++) {
            Output<?> argument = arguments.get(i).asOutput();
            named.put(argument.op().name(), "argument" + i);
            signature.addInputArg(
                    OpDef.ArgDef.newBuilder().setName("argument" + i).setType(argument.dataType()));
        }
        for (int i = 0; i < results.size(); i++) {
            Output<?> result = results.get(i).asOutput();
            signature.addOutputArg(
                    OpDef.ArgDef.newBuilder().setName("result" + i).setType(result.dataType()));
            function.putRet("result" + i, reference(TensorRef.of(result), nodes, named));
        }
        boolean stateful = false;
        Set<String> used = used(nodes, results);
        for (NodeDef node : definition.getNodeList()) {
            if (!used.contains(node.getName()) || named.containsKey(node.getName())) {
                continue;
            }
            if (node.getOp().equals("Placeholder")) {
                throw new IllegalStateException(node.getName() + " is no argument of its function");
            }
            stateful |= OpDefinitions.get(node.getOp()).getIsStateful();
            NodeDef.Builder inner = node.toBuilder().clearInput();
            for (String input : node.getInputList()) {
                inner.addInput(input.startsWith("^") ? input : reference(TensorRef.parse(input), nodes, named));
            }
            function.addNodeDef(inner);
        }
        signature.setIsStateful(stateful);
        String name = "function_" + digest(function.setSignature(signature).build());
        function.setSignature(signature.setName(name));
        FunctionDefLibrary library =
                definition.getLibrary().toBuilder().addFunction(function).build();
        return new FunctionDefinition(name, library, stateful);
    }

    private static Set<String> used(Map<String, NodeDef> nodes, List<? extends Operand<?>> results) {
        Set<String> used = new HashSet<>();
        Deque<String> open = new ArrayDeque<>();
        results.forEach(result -> open.push(result.asOutput().op().name()));
        while (!open.isEmpty()) {
            String name = open.pop();
            NodeDef node = nodes.get(name);
            if (node != null && used.add(name)) {
                node.getInputList().stream().map(TensorRef::maker).forEach(open::push);
            }
        }
        return used;
    }

    private static String reference(TensorRef tensor, Map<String, NodeDef> nodes, Map<String, String> arguments) {
        String argument = arguments.get(tensor.op());
        if (argument != null) {
            return argument;
        }
        NodeDef node = nodes.get(tensor.op());
        if (node == null) {
            throw new IllegalStateException("there is no operation " + tensor.op());
        }
        return OpDefinitions.nameInFunction(OpDefinitions.get(node.getOp()), node, tensor.index());
    }

    private static String digest(FunctionDef function) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(function.toByteArray());
            return String.format("%016x", ByteBuffer.wrap(hash).getLong());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Makes the function known in a graph, and returns the attribute that names it. */
    AttrValue registeredIn(Graph graph) {
        GraphDef known = graph.toGraphDef();
        Set<String> names = new HashSet<>();
        known.getLibrary()
                .getFunctionList()
                .forEach(function -> names.add(function.getSignature().getName()));
        FunctionDefLibrary.Builder added = FunctionDefLibrary.newBuilder();
        library.getFunctionList().stream()
                .filter(function -> names.add(function.getSignature().getName()))
                .forEach(added::addFunction);
        if (added.getFunctionCount() > 0) {
            graph.importGraphDef(GraphDef.newBuilder()
                    .setVersions(known.getVersions())
                    .setLibrary(added)
                    .build());
        }
        return AttrValue.newBuilder()
                .setFunc(NameAttrList.newBuilder().setName(name))
                .build();
    }
}
