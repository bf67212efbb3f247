package org.lsuv.tf.controlflow;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.nodes.AttrValues;
import org.lsuv.tf.nodes.NodeGraph;
import org.lsuv.tf.nodes.Redirections;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Writes the arrays of TensorFlow 1 as lists. An array is a resource, and a number called its flow goes from what writes
 * to what reads to keep them in order; a list is a value, and takes the place of the flow.
 */
final class ArrayLists {
    private static final Set<String> CARRYING = Set.of("Identity", "Enter", "Exit", "Switch", "Merge", "NextIteration");
    private static final Map<String, Integer> FLOWS = Map.of(
            "TensorArrayWriteV3", 3,
            "TensorArrayReadV3", 2,
            "TensorArrayGatherV3", 2,
            "TensorArrayScatterV3", 3,
            "TensorArrayConcatV3", 1,
            "TensorArraySizeV3", 1);
    private static final String ARRAY = "TensorArrayV3";
    private static final TensorShapeProto ANY =
            TensorShapeProto.newBuilder().setUnknownRank(true).build();

    private final NodeGraph graph;
    private final SameSizes sizes;
    private final Map<TensorRef, String> flows = new HashMap<>();
    private final Map<TensorRef, List<NodeDef>> readers = new HashMap<>();

    private ArrayLists(NodeGraph graph) {
        this.graph = graph;
        this.sizes = new SameSizes(graph);
        for (NodeDef node : graph.nodes().values()) {
            for (TensorRef input : NodeGraph.data(node)) {
                readers.computeIfAbsent(input, none -> new ArrayList<>()).add(node);
            }
        }
    }

    /**
     * Returns a graph with lists.
     *
     * @param notes says why arrays stay as they are
     */
    static NodeGraph in(NodeGraph graph, List<String> notes) {
        if (graph.nodes().values().stream().noneMatch(node -> node.getOp().equals(ARRAY))) {
            return graph;
        }
        try {
            return new ArrayLists(graph).run();
        } catch (NotFunctional other) {
            notes.add("arrays stay as TensorFlow 1 wrote them, and products of what they hold are no layers: "
                    + other.reason());
            return graph;
        }
    }

    private NodeGraph run() throws NotFunctional {
        follow();
        Set<TensorRef> results = new HashSet<>(graph.results());
        results.retainAll(flows.keySet());
        if (!results.isEmpty()) {
            throw new NotFunctional("\"" + results.iterator().next() + "\" is wanted as a number");
        }
        Map<String, NodeDef> nodes = new LinkedHashMap<>();
        Redirections redirections = new Redirections();
        for (NodeDef node : graph.nodes().values()) {
            if (node.getOp().equals(ARRAY)) {
                nodes.put(node.getName(), reserved(node, nodes));
                redirections.put(new TensorRef(node.getName(), 1), new TensorRef(node.getName(), 0));
            } else if (FLOWS.containsKey(node.getOp())) {
                nodes.put(node.getName(), access(node, nodes));
            } else if (NodeGraph.data(node).stream().anyMatch(flows::containsKey)) {
                nodes.put(
                        node.getName(),
                        node.toBuilder()
                                .putAttr("T", AttrValues.of(DataType.DT_VARIANT))
                                .build());
            } else {
                nodes.put(node.getName(), node);
            }
        }
        return redirections.apply(graph.with(nodes, graph.results())).pruned();
    }

    /** Finds all flows, with the array that each belongs to. */
    private void follow() throws NotFunctional {
        Deque<TensorRef> open = new ArrayDeque<>();
        for (NodeDef node : graph.nodes().values()) {
            if (node.getOp().equals(ARRAY)) {
                handleIsReadByArraysAlone(new TensorRef(node.getName(), 0));
                add(new TensorRef(node.getName(), 1), node.getName(), open);
            }
        }
        while (!open.isEmpty()) {
            TensorRef flow = open.pop();
            String array = flows.getOrDefault(flow, "");
            for (NodeDef reader : readers.getOrDefault(flow, List.of())) {
                Integer place = FLOWS.get(reader.getOp());
                if (CARRYING.contains(reader.getOp())) {
                    add(new TensorRef(reader.getName(), 0), array, open);
                    if (reader.getOp().equals("Switch")) {
                        add(new TensorRef(reader.getName(), 1), array, open);
                    }
                } else if (place == null || !NodeGraph.input(reader, place).equals(flow)) {
                    throw new NotFunctional(reader.getOp() + " \"" + reader.getName() + "\" reads the flow of one");
                } else if (reader.getOp().equals("TensorArrayWriteV3")
                        || reader.getOp().equals("TensorArrayScatterV3")) {
                    add(new TensorRef(reader.getName(), 0), array, open);
                }
            }
        }
    }

    private void add(TensorRef flow, String array, Deque<TensorRef> open) throws NotFunctional {
        String known = flows.putIfAbsent(flow, array);
        if (known == null) {
            open.push(flow);
        } else if (!known.equals(array)) {
            throw new NotFunctional("\"" + flow + "\" is one or another of them");
        }
    }

    private void handleIsReadByArraysAlone(TensorRef handle) throws NotFunctional {
        for (NodeDef reader : readers.getOrDefault(handle, List.of())) {
            if (CARRYING.contains(reader.getOp())) {
                handleIsReadByArraysAlone(new TensorRef(reader.getName(), 0));
            } else if (!FLOWS.containsKey(reader.getOp())) {
                throw new NotFunctional(reader.getOp() + " \"" + reader.getName() + "\" reads one");
            }
        }
    }

    private NodeDef array(TensorRef flow) throws NotFunctional {
        NodeDef array = graph.nodes().get(flows.getOrDefault(flow, ""));
        if (array == null) {
            throw new NotFunctional("\"" + flow + "\" is the flow of none");
        }
        return array;
    }

    private static NodeDef reserved(NodeDef array, Map<String, NodeDef> nodes) {
        return NodeDef.newBuilder()
                .setName(array.getName())
                .setOp("TensorListReserve")
                .addInput(elementShape(array, array, NodeGraph.input(array, 0), nodes))
                .addAllInput(array.getInputList())
                .putAttr("element_dtype", type(array))
                .putAttr("shape_type", AttrValues.of(DataType.DT_INT32))
                .build();
    }

    private static AttrValue type(NodeDef array) {
        return array.getAttrOrThrow("dtype");
    }

    /** Adds the shape of the elements, in the branch or loop in which a node runs that reads or writes them. */
    private static String elementShape(NodeDef array, NodeDef node, TensorRef anchor, Map<String, NodeDef> nodes) {
        String name = node.getName() + "/element_shape";
        NodeDef.Builder shape =
                AttrValues.sizes(
                        name,
                        array.getAttrOrDefault("element_shape", AttrValues.of(ANY))
                                .getShape())
                        .toBuilder();
        if (!anchor.op().equals(NodeGraph.ARGUMENT)) {
            shape.addInput("^" + anchor.op());
        }
        nodes.put(name, shape.build());
        return name + ":0";
    }

    private NodeDef access(NodeDef node, Map<String, NodeDef> nodes) throws NotFunctional {
        int place = Optional.ofNullable(FLOWS.get(node.getOp())).orElseThrow();
        TensorRef flow = NodeGraph.input(node, place);
        NodeDef array = array(flow);
        String list = flow.toString();
        NodeDef.Builder access = NodeDef.newBuilder().setName(node.getName()).putAttr("element_dtype", type(array));
        switch (node.getOp()) {
            case "TensorArrayWriteV3" -> {
                access.setOp("TensorListSetItem")
                        .addInput(list)
                        .addInput(node.getInput(1))
                        .addInput(node.getInput(2));
                AttrValue grows = array.getAttrOrDefault("dynamic_size", AttrValue.getDefaultInstance());
                if (grows.getB()) {
                    access.putAttr("resize_if_index_out_of_bounds", grows);
                }
            }
            case "TensorArrayReadV3" ->
                access.setOp("TensorListGetItem")
                        .addInput(list)
                        .addInput(node.getInput(1))
                        .addInput(elementShape(array, node, flow, nodes));
            case "TensorArrayGatherV3" -> {
                boolean all = isAll(node, flow, array);
                access.setOp(all ? "TensorListStack" : "TensorListGather").addInput(list);
                if (!all) {
                    access.addInput(node.getInput(1));
                }
                access.addInput(elementShape(array, node, flow, nodes));
            }
            case "TensorArrayScatterV3" -> scatter(node, flow, access, nodes);
            case "TensorArraySizeV3" ->
                access.setOp("TensorListLength").addInput(list).removeAttr("element_dtype");
            default ->
                throw new NotFunctional(node.getOp() + " \"" + node.getName() + "\" has no counterpart for lists");
        }
        return access.build();
    }

    /** Tells whether a gather takes all elements in their order. */
    private boolean isAll(NodeDef gather, TensorRef flow, NodeDef array) {
        Optional<TensorRef> count = counted(NodeGraph.input(gather, 1));
        if (count.isEmpty()) {
            return false;
        }
        boolean size = graph.node(count.get())
                .filter(node -> node.getOp().equals("TensorArraySizeV3"))
                .filter(node ->
                        flows.getOrDefault(NodeGraph.input(node, 1), "").equals(flows.getOrDefault(flow, "none")))
                .isPresent();
        return size || sizes.areSame(count.get(), NodeGraph.input(array, 0));
    }

    /** What fills an array that is as long as a tensor makes a list of the tensor. */
    private void scatter(NodeDef node, TensorRef flow, NodeDef.Builder access, Map<String, NodeDef> nodes)
            throws NotFunctional {
        NodeDef array = array(flow);
        boolean whole = counted(NodeGraph.input(node, 1))
                .filter(count -> sizes.areSame(count, NodeGraph.input(array, 0)))
                .isPresent();
        boolean fresh = graph.node(flow).filter(array::equals).isPresent();
        if (whole && fresh) {
            access.setOp("TensorListFromTensor")
                    .addInput(node.getInput(2))
                    .addInput(elementShape(array, node, flow, nodes))
                    .putAttr("shape_type", AttrValues.of(DataType.DT_INT32));
        } else {
            access.setOp("TensorListScatterIntoExistingList")
                    .addInput(flow.toString())
                    .addInput(node.getInput(2))
                    .addInput(node.getInput(1));
        }
    }

    /** Returns n if a tensor holds 0, 1, …, n − 1. */
    private Optional<TensorRef> counted(TensorRef numbers) {
        return graph.node(numbers)
                .filter(node -> node.getOp().equals("Range"))
                .filter(node ->
                        sizes.isNumber(NodeGraph.input(node, 0), 0) && sizes.isNumber(NodeGraph.input(node, 2), 1))
                .map(node -> NodeGraph.input(node, 1));
    }
}
