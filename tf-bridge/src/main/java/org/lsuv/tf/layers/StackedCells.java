package org.lsuv.tf.layers;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.nodes.AttrValues;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Gives each cell of a loop that runs several, one upon another, a loop of its own over the outputs of all steps of the
 * cell below: {@code MultiRNNCell} of TensorFlow 1 becomes a chain of layers.
 */
public final class StackedCells {
    private static final Set<String> LOOPS = Set.of("While", "StatelessWhile");

    private final TfModel model;
    private final Map<String, FunctionDef> functions = new LinkedHashMap<>();
    private final Map<String, NodeDef> nodes = new LinkedHashMap<>();
    private final Map<TensorRef, TensorRef> moved = new LinkedHashMap<>();

    private StackedCells(TfModel model) {
        this.model = model;
        model.graph()
                .getLibrary()
                .getFunctionList()
                .forEach(function -> functions.put(function.getSignature().getName(), function));
        model.graph().getNodeList().forEach(node -> nodes.put(node.getName(), node));
    }

    /**
     * Returns a model that computes the same, in which no loop runs such cells.
     *
     * @throws UnsupportedModelException if TensorFlow does not take the graph
     */
    public static TfModel apart(TfModel model) {
        TfModel current = model;
        for (Optional<TfModel> next = Optional.of(model); next.isPresent(); ) {
            current = next.get();
            next = new StackedCells(current).split();
        }
        return current;
    }

    /**
     * Holds a loop.
     *
     * @param node the loop
     * @param body what it runs
     * @param condition what tells whether there is another step
     */
    private record Loop(NodeDef node, LoopBody body, LoopBody condition) {}

    private Optional<TfModel> split() {
        for (NodeDef node : model.graph().getNodeList()) {
            FunctionDef body = LOOPS.contains(node.getOp()) ? functions.get(function(node, "body")) : null;
            FunctionDef condition = body == null ? null : functions.get(function(node, "cond"));
            if (body == null || condition == null) {
                continue;
            }
            Loop loop = new Loop(node, new LoopBody(body), new LoopBody(condition));
            Optional<StackedCell> cell = StackedCell.in(
                    loop.body,
                    loop.condition,
                    node.getAttrOrThrow("T").getList().getTypeList());
            if (cell.isPresent() && split(loop, cell.get())) {
                return Optional.of(changed());
            }
        }
        return Optional.empty();
    }

    private static String function(NodeDef node, String attribute) {
        return node.getAttrOrThrow(attribute).getFunc().getName();
    }

    private boolean split(Loop loop, StackedCell cell) {
        long size = size(loop.node, cell);
        String name = unused(loop.node.getName() + "/cell");
        Optional<String> steps = size > 0 ? steps(GraphView.input(loop.node, cell.list()), name) : Optional.empty();
        if (steps.isEmpty()) {
            return false;
        }
        String list = unusedInside(loop);
        DataType type = loop.node
                .getAttrOrThrow("T")
                .getList()
                .getType(cell.states().iterator().next());
        LoopPart lower = lower(loop, cell, name, list, type);
        LoopPart upper = upper(loop, cell, name, list, type, size);
        outputs(name, lower.listPlace(), steps.get(), type, size);
        for (int i = 0; i < LoopBody.inputs(loop.node).size(); i++) {
            TensorRef after = cell.states().contains(i)
                    ? new TensorRef(name, lower.place(i))
                    : upper.places().contains(i)
                            ? new TensorRef(loop.node.getName(), upper.place(i))
                            : GraphView.input(loop.node, i);
            moved.put(new TensorRef(loop.node.getName(), i), after);
        }
        return true;
    }

    /** Returns the number of elements of a list that was made around loops, empty or of a tensor. */
    private Optional<String> steps(TensorRef list, String name) {
        NodeDef maker = nodes.get(list.op());
        if (maker == null) {
            return Optional.empty();
        }
        return switch (maker.getOp()) {
            case "Identity" -> steps(GraphView.input(maker, 0), name);
            case "While", "StatelessWhile" -> steps(GraphView.input(maker, list.index()), name);
            case "TensorListReserve" -> Optional.of(maker.getInput(1)).filter(this::isNotZero);
            case "TensorListFromTensor" -> {
                NodeDef stack = nodes.get(GraphView.input(maker, 0).op());
                Optional<String> stacked = stack != null && stack.getOp().equals("TensorListStack")
                        ? steps(GraphView.input(stack, 0), name)
                        : Optional.empty();
                yield stacked.or(() -> Optional.of(
                        firstSize(name + "/steps", maker.getInput(0), maker.getAttrOrThrow("element_dtype"))));
            }
            default -> Optional.empty();
        };
    }

    /** A list that grows has no elements at first. */
    private boolean isNotZero(String number) {
        NodeDef maker = nodes.get(TensorRef.parse(number).op());
        return maker != null
                && (!maker.getOp().equals("Const")
                        || SmallIntegers.constant(maker.getAttrOrThrow("value").getTensor())
                                .filter(value -> value.length == 1 && value[0] > 0)
                                .isPresent());
    }

    private String firstSize(String name, String tensor, AttrValue type) {
        AttrValue integer = AttrValues.of(DataType.DT_INT32);
        add(NodeDef.newBuilder()
                .setName(name + "/shape")
                .setOp("Shape")
                .addInput(tensor)
                .putAttr("T", type)
                .putAttr("out_type", integer));
        for (int i = 0; i < 2; i++) {
            NodeDef place = AttrValues.sizes(name + "/" + i, AttrValues.shape(Shape.of(i)));
            nodes.put(place.getName(), place);
        }
        NodeDef.Builder size = NodeDef.newBuilder()
                .setName(name)
                .setOp("StridedSlice")
                .addAllInput(List.of(name + "/shape", name + "/0", name + "/1", name + "/1"))
                .putAttr("T", integer)
                .putAttr("Index", integer);
        for (String mask : List.of("begin", "end", "ellipsis", "new_axis", "shrink_axis")) {
            long axes = mask.equals("shrink_axis") ? 1 : 0;
            size.putAttr(mask + "_mask", AttrValue.newBuilder().setI(axes).build());
        }
        add(size);
        return name;
    }

    /** Returns the number of values of a state; −1 if it is not known, or not that of all. */
    private long size(NodeDef loop, StackedCell cell) {
        try (GraphView view = new GraphView(model.graph(), model.outputs().values())) {
            Set<Long> sizes = new HashSet<>();
            for (int place : cell.states()) {
                TensorRef state = GraphView.input(loop, place);
                sizes.add(view.rank(state).orElse(0) == 2 ? view.size(state, 1) : -1);
            }
            return sizes.size() == 1 ? sizes.iterator().next() : -1;
        }
    }

    private static String unusedInside(Loop loop) {
        Set<String> taken = new HashSet<>();
        for (LoopBody function : List.of(loop.body, loop.condition)) {
            function.nodes().forEach(node -> taken.add(node.getName()));
            function.function().getSignature().getInputArgList().forEach(input -> taken.add(input.getName()));
            function.function().getSignature().getOutputArgList().forEach(output -> taken.add(output.getName()));
        }
        String free = "cell_outputs";
        for (int i = 1; taken.contains(free); i++) {
            free = "cell_outputs_" + i;
        }
        return free;
    }

    /** Adds the loop of the cell, which sets an element of a list in each step. */
    private LoopPart lower(Loop loop, StackedCell cell, String name, String list, DataType type) {
        List<NodeDef> more = new ArrayList<>();
        String output = cell.output();
        if (cell.past().isPresent()) {
            more.add(node("ZerosLike", list + "/zeros", type, output));
            more.add(node("Select", list + "/chosen", type, cell.past().get(), list + "/zeros:y:0", output));
            output = list + "/chosen:output:0";
        }
        more.add(NodeDef.newBuilder()
                .setName(list + "/set")
                .setOp("TensorListSetItem")
                .addAllInput(List.of(list, cell.step(), output))
                .putAttr("element_dtype", AttrValues.of(type))
                .build());
        List<String> made = new ArrayList<>(List.of(cell.output(), cell.step()));
        cell.past().ifPresent(made::add);
        Set<Integer> states = new TreeSet<>(cell.counters());
        states.addAll(cell.states());
        LoopBody.Reach reach = reach(loop, states, made, Set.of());
        LoopPart part = new LoopPart(reach.places(), list);
        add(
                part,
                loop,
                name,
                name + "/list:0",
                reach.nodes(),
                UnaryOperator.identity(),
                more,
                list + "/set:output_handle:0");
        return part;
    }

    /** Adds the loop of all others, which takes the elements of the list. */
    private LoopPart upper(Loop loop, StackedCell cell, String name, String list, DataType type, long size) {
        NodeDef shape =
                LoopFunctions.elementShape(list + "/element_shape", size).build();
        NodeDef item = NodeDef.newBuilder()
                .setName(list + "/item")
                .setOp("TensorListGetItem")
                .addAllInput(List.of(list, cell.step(), shape.getName() + ":output:0"))
                .putAttr("element_dtype", AttrValues.of(type))
                .build();
        Set<Integer> states = new TreeSet<>();
        for (int i = 0; i < LoopBody.inputs(loop.node).size(); i++) {
            boolean changes = loop.body.invariant(loop.body.argument(i)).isEmpty();
            if (changes && !cell.states().contains(i)) {
                states.add(i);
            }
        }
        LoopBody.Reach reach = reach(loop, states, List.of(cell.step()), Set.of(cell.output()));
        LoopPart part = new LoopPart(reach.places(), list);
        UnaryOperator<String> renamed = tensor -> tensor.equals(cell.output()) ? item.getName() + ":item:0" : tensor;
        add(part, loop, loop.node.getName(), name + "/again:0", reach.nodes(), renamed, List.of(shape, item), list);
        return part;
    }

    /** Returns what the next values of some of the state, and other tensors inside, are made of. */
    private static LoopBody.Reach reach(Loop loop, Set<Integer> states, List<String> made, Set<String> given) {
        List<String> all = new ArrayList<>(made);
        states.forEach(place -> all.add(loop.body.result(place)));
        LoopBody.Reach reach = loop.body.reach(all, given);
        Set<Integer> places = new TreeSet<>(reach.places());
        places.addAll(states);
        places.addAll(loop.condition.reach(loop.condition.results(), Set.of()).places());
        return new LoopBody.Reach(reach.nodes(), places);
    }

    private void add(
            LoopPart part,
            Loop loop,
            String name,
            String passed,
            Set<String> kept,
            UnaryOperator<String> renamed,
            List<NodeDef> more,
            String result) {
        FunctionDef body = part.body(
                loop.body,
                LoopFunctions.unused(functions.keySet(), loop.body.function(), "_cell"),
                kept,
                renamed,
                more,
                result);
        functions.put(body.getSignature().getName(), body);
        FunctionDef condition = part.condition(
                loop.condition, LoopFunctions.unused(functions.keySet(), loop.condition.function(), "_cell"));
        functions.put(condition.getSignature().getName(), condition);
        nodes.put(name, part.loop(loop.node, name, passed, body, condition));
    }

    /** Adds the list that the lower loop fills, and the one that the upper loop reads. */
    private void outputs(String name, int list, String steps, DataType type, long size) {
        NodeDef shape = AttrValues.sizes(name + "/shape", AttrValues.shape(Shape.of(Shape.UNKNOWN_SIZE, size)));
        AttrValue element = AttrValues.of(type);
        AttrValue shapes = AttrValues.of(DataType.DT_INT32);
        nodes.put(shape.getName(), shape);
        add(NodeDef.newBuilder()
                .setName(name + "/list")
                .setOp("TensorListReserve")
                .addAllInput(List.of(shape.getName(), steps))
                .putAttr("shape_type", shapes)
                .putAttr("element_dtype", element));
        add(NodeDef.newBuilder()
                .setName(name + "/all")
                .setOp("TensorListStack")
                .addAllInput(List.of(name + ":" + list, shape.getName()))
                .putAttr("element_dtype", element));
        add(NodeDef.newBuilder()
                .setName(name + "/again")
                .setOp("TensorListFromTensor")
                .addAllInput(List.of(name + "/all", shape.getName()))
                .putAttr("shape_type", shapes)
                .putAttr("element_dtype", element));
    }

    private void add(NodeDef.Builder node) {
        nodes.put(node.getName(), node.build());
    }

    private static NodeDef node(String operation, String name, DataType type, String... inputs) {
        return NodeDef.newBuilder()
                .setName(name)
                .setOp(operation)
                .addAllInput(List.of(inputs))
                .putAttr("T", AttrValues.of(type))
                .build();
    }

    private String unused(String name) {
        String free = name;
        for (int i = 1; isTaken(free); i++) {
            free = name + "_" + i;
        }
        return free;
    }

    private boolean isTaken(String name) {
        return nodes.keySet().stream().anyMatch(node -> node.equals(name) || node.startsWith(name + "/"));
    }

    private TfModel changed() {
        GraphDef.Builder graph = model.graph().toBuilder().clearNode();
        nodes.values().forEach(node -> graph.addNode(moved(node)));
        graph.getLibraryBuilder().clearFunction().addAllFunction(functions.values());
        return new TfModel(
                model.label(),
                graph.build(),
                model.inputs(),
                moved(model.outputs()),
                moved(model.values()),
                moved(model.inner()),
                model.weights(),
                model.layers(),
                model.batchNorms(),
                model.notes());
    }

    private NodeDef moved(NodeDef node) {
        NodeDef.Builder changed = node.toBuilder();
        boolean own = moved.keySet().stream().anyMatch(from -> from.op().equals(node.getName()));
        for (int i = 0; i < node.getInputCount() && !own; i++) {
            TensorRef from = TensorRef.parse(node.getInput(i).startsWith("^") ? node.getName() : node.getInput(i));
            TensorRef to = moved.get(from);
            if (to != null) {
                changed.setInput(i, to.toString());
            }
        }
        return changed.build();
    }

    private <K> Map<K, TensorRef> moved(Map<K, TensorRef> tensors) {
        Map<K, TensorRef> after = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> after.put(name, moved.getOrDefault(tensor, tensor)));
        return after;
    }
}
