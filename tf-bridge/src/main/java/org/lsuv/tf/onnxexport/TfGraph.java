package org.lsuv.tf.onnxexport;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.TensorRef;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Holds what some tensors of a graph depend on, with the shapes that TensorFlow infers. Control dependencies are
 * left out: an engine without variables needs none.
 *
 * @param definition the whole graph, defaults of attributes filled in
 * @param nodes the operations by name, each behind those that it reads
 * @param outputs what was asked for
 * @param uses how many operations read a tensor, a reader twice counted twice
 */
record TfGraph(GraphDef definition, Map<String, TfNode> nodes, List<TensorRef> outputs, Map<TensorRef, Integer> uses) {

    /** Looks at the part of a graph that some tensors depend on. */
    static TfGraph of(GraphDef definition, Collection<TensorRef> outputs) {
        try (Graph graph = new Graph()) {
            graph.importGraphDef(definition);
            GraphDef complete = graph.toGraphDef();
            Map<String, NodeDef> all = new HashMap<>();
            complete.getNodeList().forEach(node -> all.put(node.getName(), node));
            Map<String, TfNode> nodes = new LinkedHashMap<>();
            Map<TensorRef, Integer> uses = new HashMap<>();
            for (NodeDef node : order(all, outputs)) {
                TfNode read = read(node, graph.operationOrThrow(node.getName()));
                nodes.put(node.getName(), read);
                read.inputs().forEach(input -> uses.merge(input, 1, Integer::sum));
            }
            outputs.forEach(output -> uses.merge(output, 1, Integer::sum));
            return new TfGraph(complete, nodes, List.copyOf(outputs), uses);
        }
    }

    private static TfNode read(NodeDef node, GraphOperation operation) {
        List<DataType> types = new ArrayList<>();
        List<Shape> shapes = new ArrayList<>();
        for (int i = 0; i < operation.numOutputs(); i++) {
            Output<?> output = operation.output(i);
            types.add(output.dataType());
            shapes.add(output.shape());
        }
        return new TfNode(node.getName(), node.getOp(), inputs(node), node.getAttrMap(), types, shapes);
    }

    private static List<TensorRef> inputs(NodeDef node) {
        return node.getInputList().stream()
                .filter(input -> !input.startsWith("^"))
                .map(TensorRef::parse)
                .toList();
    }

    /** Goes through the graph without recursion: networks of a thousand layers are chains. */
    private static List<NodeDef> order(Map<String, NodeDef> all, Collection<TensorRef> outputs) {
        List<NodeDef> order = new ArrayList<>();
        Set<String> done = new HashSet<>();
        Set<String> entered = new HashSet<>();
        Deque<String> open = new ArrayDeque<>();
        outputs.forEach(output -> open.addLast(output.op()));
        while (!open.isEmpty()) {
            String name = open.peek();
            NodeDef node = all.get(name);
            if (node == null) {
                throw new UnsupportedModelException("the graph has no operation \"" + name + "\"");
            }
            if (entered.add(name)) {
                for (int i = node.getInputCount() - 1; i >= 0; i--) {
                    String input = node.getInput(i);
                    if (!input.startsWith("^")
                            && !done.contains(TensorRef.parse(input).op())) {
                        open.push(TensorRef.parse(input).op());
                    }
                }
                if (open.element().equals(name)) {
                    finish(open, done, order, node);
                }
            } else {
                finish(open, done, order, node);
            }
        }
        return order;
    }

    private static void finish(Deque<String> open, Set<String> done, List<NodeDef> order, NodeDef node) {
        open.remove();
        if (done.add(node.getName())) {
            order.add(node);
        }
    }

    /** Returns the operation that gives a tensor. */
    TfNode node(TensorRef tensor) {
        TfNode node = nodes.get(tensor.op());
        if (node == null) {
            throw new IllegalArgumentException("there is no tensor " + tensor);
        }
        return node;
    }

    Shape shape(TensorRef tensor) {
        return node(tensor).shapes().get(tensor.index());
    }

    DataType type(TensorRef tensor) {
        return node(tensor).types().get(tensor.index());
    }

    int uses(TensorRef tensor) {
        return uses.getOrDefault(tensor, 0);
    }
}
