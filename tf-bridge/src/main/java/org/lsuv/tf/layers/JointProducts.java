package org.lsuv.tf.layers;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.layers.WeightPath;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.nodes.AttrValues;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** Takes products of an input and a state, side by side, with one kernel apart, where a loop makes them step by step. */
final class JointProducts {
    private static final Set<String> LOOPS = Set.of("While", "StatelessWhile");

    private final GraphView graph;
    private final WeightTracer tracer;
    private final Map<String, FunctionDef> functions = new LinkedHashMap<>();
    private final Map<String, NodeDef> nodes = new LinkedHashMap<>();
    private final Map<TensorRef, Cut> cuts = new HashMap<>();

    private JointProducts(GraphView graph, WeightTracer tracer) {
        this.graph = graph;
        this.tracer = tracer;
    }

    /**
     * Names what stands for a kernel.
     *
     * @param inputs the number of its rows that multiply the input
     * @param input the placeholder of these rows
     * @param state the placeholder of the others
     */
    record Cut(long inputs, TensorRef input, TensorRef state) {}

    /**
     * Holds a graph after the change.
     *
     * @param graph the graph
     * @param cuts the kernels that were cut, by the placeholders that they had
     */
    record Outcome(GraphDef graph, Map<TensorRef, Cut> cuts) {}

    /**
     * Changes a model's graph.
     *
     * @throws UnsupportedModelException if TensorFlow does not take the graph
     */
    static Outcome cutIn(TfModel model) {
        boolean loops = model.graph().getNodeList().stream().anyMatch(node -> LOOPS.contains(node.getOp()));
        if (!loops) {
            return new Outcome(model.graph(), Map.of());
        }
        try (GraphView view = new GraphView(model.graph(), model.outputs().values())) {
            return new JointProducts(view, new WeightTracer(view, model.weights())).run(model);
        }
    }

    private Outcome run(TfModel model) {
        GraphDef definition = model.graph();
        definition
                .getLibrary()
                .getFunctionList()
                .forEach(function -> functions.put(function.getSignature().getName(), function));
        definition.getNodeList().forEach(node -> nodes.put(node.getName(), node));
        graph.order().stream()
                .filter(node -> LOOPS.contains(node.getOp()))
                .map(NodeDef::getName)
                .forEach(loop -> cut(loop, model));
        if (cuts.isEmpty()) {
            return new Outcome(definition, Map.of());
        }
        GraphDef.Builder changed = definition.toBuilder().clearNode().addAllNode(nodes.values());
        changed.getLibraryBuilder().clearFunction().addAllFunction(functions.values());
        return new Outcome(changed.build(), cuts);
    }

    private NodeDef node(String name) {
        NodeDef node = nodes.get(name);
        if (node == null) {
            throw new IllegalStateException("there is no operation " + name);
        }
        return node;
    }

    private void cut(String loop, TfModel model) {
        while (true) {
            NodeDef node = node(loop);
            FunctionDef body =
                    functions.get(node.getAttrOrThrow("body").getFunc().getName());
            FunctionDef condition =
                    functions.get(node.getAttrOrThrow("cond").getFunc().getName());
            if (body == null || condition == null) {
                return;
            }
            Optional<Joint> joint = joint(node, new LoopBody(body), new LoopBody(condition), model);
            if (joint.isEmpty()) {
                return;
            }
            cut(node, new LoopBody(body), condition, joint.get());
        }
    }

    /**
     * Describes such a product.
     *
     * @param product the product, inside
     * @param sides what lies side by side, inside: input and state
     * @param argument the place of the kernel among the arguments
     * @param kernel its placeholder, outside
     * @param inputs the size of the input
     * @param rows the sizes of input and state together
     * @param outputs the number of outputs
     */
    private record Joint(
            NodeDef product,
            List<String> sides,
            int argument,
            TensorRef kernel,
            long inputs,
            long rows,
            long outputs) {}

    private Optional<Joint> joint(NodeDef loop, LoopBody body, LoopBody condition, TfModel model) {
        for (NodeDef node : body.nodes()) {
            boolean plain = node.getOp().equals("MatMul")
                    && !GraphView.flag(node, "transpose_a")
                    && !GraphView.flag(node, "transpose_b");
            Optional<NodeDef> concat =
                    plain ? body.maker(body.original(node.getInput(0)), "ConcatV2") : Optional.empty();
            OptionalInt argument = plain ? body.invariant(node.getInput(1)) : OptionalInt.empty();
            if (concat.isEmpty() || argument.isEmpty() || !areSides(concat.get(), loop, body)) {
                continue;
            }
            int place = argument.getAsInt();
            boolean alone = body.readers(place).equals(List.of(node))
                    && condition.readers(place).isEmpty()
                    && isNeverRead(new TensorRef(loop.getName(), place));
            Optional<TensorRef> kernel = alone ? kernel(GraphView.input(loop, place), model) : Optional.empty();
            Optional<NodeDef> item = body.maker(body.original(concat.get().getInput(0)), "TensorListGetItem");
            long inputs = item.flatMap(found -> body.listed(loop, found, this::node))
                    .map(values -> graph.size(values, -1))
                    .orElse(-1L);
            if (kernel.isEmpty() || inputs <= 0) {
                continue;
            }
            Shape shape = graph.shape(kernel.get());
            if (inputs < shape.get(0)) {
                List<String> sides = concat.get().getInputList().subList(0, 2);
                return Optional.of(new Joint(node, sides, place, kernel.get(), inputs, shape.get(0), shape.get(1)));
            }
        }
        return Optional.empty();
    }

    /** Tells whether a node puts two matrices beside each other. */
    private boolean areSides(NodeDef concat, NodeDef loop, LoopBody body) {
        String axis = body.original(concat.getInput(concat.getInputCount() - 1));
        OptionalInt passed = body.invariant(axis);
        Optional<long[]> found = passed.isPresent()
                ? graph.integers(GraphView.input(loop, passed.getAsInt()))
                : body.maker(axis, "Const")
                        .flatMap(node -> SmallIntegers.constant(
                                node.getAttrOrThrow("value").getTensor()));
        return LoopBody.inputs(concat).size() == 3
                && found.filter(axes -> axes.length == 1 && (axes[0] == 1 || axes[0] == -1))
                        .isPresent();
    }

    private boolean isNeverRead(TensorRef tensor) {
        return graph.readers(tensor).isEmpty() && !graph.isOutput(tensor);
    }

    /** Returns the placeholder of a kernel that is passed to the loop as it is stored, and to nothing else. */
    private Optional<TensorRef> kernel(TensorRef passed, TfModel model) {
        Optional<WeightPath> path = tracer.trace(passed)
                .filter(found -> found.steps().isEmpty() && found.storedShape().size() == 2);
        if (path.isEmpty()) {
            return Optional.empty();
        }
        OnnxTensor value = model.weight(path.get().source()).value();
        TensorRef placeholder = model.weight(path.get().source()).tensor();
        TensorRef current = passed;
        boolean alone = graph.onlyReader(current).isPresent();
        while (alone && !current.equals(placeholder)) {
            NodeDef copy = graph.producer(current);
            current = GraphView.input(copy, 0);
            alone = copy.getOp().equals("Identity") && graph.onlyReader(current).isPresent();
        }
        return alone && value.byteCount() <= OnnxTensor.CHUNK_BYTES ? Optional.of(placeholder) : Optional.empty();
    }

    private void cut(NodeDef loop, LoopBody body, FunctionDef condition, Joint joint) {
        NodeDef placeholder = node(joint.kernel().op());
        TensorRef input = part(placeholder, "input", joint.inputs(), joint.outputs());
        TensorRef state = part(placeholder, "state", joint.rows() - joint.inputs(), joint.outputs());
        cuts.put(joint.kernel(), new Cut(joint.inputs(), input, state));
        nodes.put(placeholder.getName(), whole(placeholder, input, state));
        JointRewrite rewrite = new JointRewrite(body, joint.product(), joint.sides());
        FunctionDef changed = rewrite.body(LoopFunctions.unused(functions.keySet(), body.function(), "_apart"));
        functions.put(changed.getSignature().getName(), changed);
        FunctionDef test = rewrite.condition(condition, LoopFunctions.unused(functions.keySet(), condition, "_apart"));
        functions.put(test.getSignature().getName(), test);
        NodeDef called = LoopFunctions.calling(loop, changed, test);
        nodes.put(loop.getName(), JointRewrite.loop(called, joint.argument(), node(input.op()), node(state.op())));
    }

    private TensorRef part(NodeDef whole, String name, long rows, long columns) {
        String free = whole.getName() + "/" + name;
        while (nodes.containsKey(free)) {
            free += "_";
        }
        TensorShapeProto shape = TensorShapeProto.newBuilder()
                .addDim(TensorShapeProto.Dim.newBuilder().setSize(rows))
                .addDim(TensorShapeProto.Dim.newBuilder().setSize(columns))
                .build();
        nodes.put(
                free,
                whole.toBuilder()
                        .setName(free)
                        .putAttr("shape", AttrValue.newBuilder().setShape(shape).build())
                        .build());
        return new TensorRef(free, 0);
    }

    /** Gives the whole kernel under the name of its placeholder, which values of the source may be called by. */
    private NodeDef whole(NodeDef placeholder, TensorRef input, TensorRef state) {
        String axis = placeholder.getName() + "/rows";
        nodes.put(
                axis,
                AttrValues.constant(
                        axis, DataType.DT_INT32, TensorProto.newBuilder().addIntVal(0)));
        return NodeDef.newBuilder()
                .setName(placeholder.getName())
                .setOp("ConcatV2")
                .addAllInput(List.of(input.toString(), state.toString(), axis))
                .putAttr("T", placeholder.getAttrOrThrow("dtype"))
                .putAttr("Tidx", AttrValues.of(DataType.DT_INT32))
                .putAttr("N", AttrValue.newBuilder().setI(2).build())
                .build();
    }
}
