package org.lsuv.tf.layers;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.lsuv.onnx.layers.WeightPath;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.nodes.AttrValues;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Takes products of a loop's inputs with a weight out of the loop, where LSUV can measure and scale them. What the
 * loop takes from a list, step by step, and multiplies by a weight that stays the same is multiplied for all
 * steps before, and the loop takes the products from a list. So the input kernels of Keras' LSTM, GRU and simple
 * recurrent layers become layers like any other.
 *
 * <p>The list takes the weight's place among the loop's arguments, so that all others keep theirs.
 */
final class LoopHoisting {
    private static final Set<String> LOOPS = Set.of("While", "StatelessWhile");

    private final GraphView graph;
    private final WeightTracer tracer;
    private final Map<String, FunctionDef> functions = new LinkedHashMap<>();
    private final Map<String, NodeDef> nodes = new LinkedHashMap<>();
    private final Map<TensorRef, String> redirections = new LinkedHashMap<>();
    private final List<HoistedProduct> products = new ArrayList<>();

    private LoopHoisting(GraphView graph, WeightTracer tracer) {
        this.graph = graph;
        this.tracer = tracer;
    }

    /**
     * Holds a graph after the change.
     *
     * @param graph the graph, the same as before where no loop has such a product
     * @param products what was taken out
     */
    record Outcome(GraphDef graph, List<HoistedProduct> products) {}

    static Outcome apply(GraphDef definition, GraphView graph, WeightTracer tracer) {
        return new LoopHoisting(graph, tracer).run(definition);
    }

    /** Returns the values of loops that are lists, which cannot be fetched. */
    static Set<TensorRef> lists(GraphDef graph) {
        Set<TensorRef> lists = new HashSet<>();
        for (NodeDef node : graph.getNodeList()) {
            List<DataType> types = LOOPS.contains(node.getOp())
                    ? node.getAttrOrThrow("T").getList().getTypeList()
                    : List.of();
            for (int i = 0; i < types.size(); i++) {
                if (types.get(i) == DataType.DT_VARIANT) {
                    lists.add(new TensorRef(node.getName(), i));
                }
            }
        }
        return lists;
    }

    private Outcome run(GraphDef definition) {
        definition
                .getLibrary()
                .getFunctionList()
                .forEach(function -> functions.put(function.getSignature().getName(), function));
        definition.getNodeList().forEach(node -> nodes.put(node.getName(), node));
        graph.order().stream()
                .filter(node -> LOOPS.contains(node.getOp()))
                .map(NodeDef::getName)
                .forEach(this::hoist);
        if (products.isEmpty()) {
            return new Outcome(definition, List.of());
        }
        GraphDef.Builder changed = definition.toBuilder().clearNode();
        nodes.values().forEach(node -> changed.addNode(redirected(node)));
        changed.getLibraryBuilder().clearFunction().addAllFunction(functions.values());
        return new Outcome(changed.build(), List.copyOf(products));
    }

    private NodeDef redirected(NodeDef node) {
        NodeDef.Builder changed = node.toBuilder();
        for (int i = 0; i < node.getInputCount(); i++) {
            String input = node.getInput(i);
            if (!input.startsWith("^")) {
                changed.setInput(i, redirections.getOrDefault(TensorRef.parse(input), input));
            }
        }
        return changed.build();
    }

    private void hoist(String loop) {
        while (true) {
            NodeDef node = node(loop);
            FunctionDef body = functions.get(function(node, "body"));
            FunctionDef condition = functions.get(function(node, "cond"));
            if (body == null || condition == null) {
                return;
            }
            LoopBody read = new LoopBody(body);
            Optional<Candidate> next = candidate(node, read, new LoopBody(condition));
            if (next.isEmpty()) {
                return;
            }
            hoist(node, read, condition, next.get());
        }
    }

    private NodeDef node(String name) {
        NodeDef node = nodes.get(name);
        if (node == null) {
            throw new IllegalStateException("there is no operation " + name);
        }
        return node;
    }

    private static String function(NodeDef node, String attribute) {
        return node.getAttrOrThrow(attribute).getFunc().getName();
    }

    /**
     * Describes a product that can be taken out.
     *
     * @param product the product, inside
     * @param item what takes its input from the list, inside
     * @param values what the list is made of, outside
     * @param argument the place of the weight among the arguments
     * @param weight how the weight is made, outside
     */
    private record Candidate(NodeDef product, NodeDef item, TensorRef values, int argument, WeightPath weight) {
        boolean isTransposed() {
            return GraphView.flag(product, "transpose_b");
        }

        long outputs() {
            return weight.operandShape().get(isTransposed() ? 0 : 1);
        }
    }

    private Optional<Candidate> candidate(NodeDef loop, LoopBody body, LoopBody condition) {
        for (NodeDef node : body.nodes()) {
            if (!node.getOp().equals("MatMul") || GraphView.flag(node, "transpose_a")) {
                continue;
            }
            Optional<NodeDef> item = body.maker(body.original(node.getInput(0)), "TensorListGetItem");
            OptionalInt argument = body.invariant(node.getInput(1));
            if (item.isEmpty() || argument.isEmpty()) {
                continue;
            }
            int place = argument.getAsInt();
            TensorRef after = new TensorRef(loop.getName(), place);
            boolean alone = body.readers(place).equals(List.of(node))
                    && condition.readers(place).isEmpty()
                    && !graph.isOutput(after);
            Optional<TensorRef> values = body.listed(loop, item.get(), this::node);
            Optional<WeightPath> weight = tracer.trace(GraphView.input(loop, place))
                    .filter(path -> path.operandShape().size() == 2
                            && !path.operandShape().contains(0L));
            if (alone && values.isPresent() && weight.isPresent()) {
                return Optional.of(new Candidate(node, item.get(), values.get(), place, weight.get()));
            }
        }
        return Optional.empty();
    }

    private void hoist(NodeDef loop, LoopBody body, FunctionDef condition, Candidate found) {
        String inside = found.product().getName();
        String scope = unused(loop.getName() + "/" + inside.substring(inside.lastIndexOf('/') + 1));
        AttrValue type = found.product().getAttrOrThrow("T");
        TensorRef weight = GraphView.input(loop, found.argument());
        TensorRef product = new TensorRef(scope, 0);
        add(NodeDef.newBuilder()
                .setName(scope)
                .setOp("BatchMatMulV2")
                .addInput(found.values().toString())
                .addInput(weight.toString())
                .putAttr("T", type)
                .putAttr("adj_y", AttrValues.of(found.isTransposed())));
        add(LoopFunctions.elementShape(scope + "/shape", found.outputs()));
        add(NodeDef.newBuilder()
                .setName(scope + "/list")
                .setOp("TensorListFromTensor")
                .addInput(product.toString())
                .addInput(scope + "/shape")
                .putAttr("element_dtype", type)
                .putAttr("shape_type", AttrValues.of(DataType.DT_INT32)));
        RecurrentStep step = RecurrentStep.of(
                body,
                found.item(),
                found.product(),
                found.outputs(),
                argument -> argument.isPresent()
                        ? tracer.trace(GraphView.input(loop, argument.getAsInt()))
                        : Optional.empty());
        products.add(measured(loop, scope, type, found, step));
        FunctionDef changed = LoopFunctions.withoutProduct(
                body,
                found.product(),
                found.item(),
                found.argument(),
                found.outputs(),
                LoopFunctions.unused(functions.keySet(), body.function(), "_hoisted"));
        functions.put(changed.getSignature().getName(), changed);
        FunctionDef test = LoopFunctions.withList(
                condition, found.argument(), LoopFunctions.unused(functions.keySet(), condition, "_hoisted"));
        functions.put(test.getSignature().getName(), test);
        redirections.put(new TensorRef(loop.getName(), found.argument()), weight.toString());
        nodes.put(loop.getName(), LoopFunctions.loop(loop, found.argument(), scope + "/list", changed, test));
    }

    /** Adds what is measured of a product. */
    private HoistedProduct measured(NodeDef loop, String scope, AttrValue type, Candidate found, RecurrentStep step) {
        TensorRef product = new TensorRef(scope, 0);
        Optional<TensorRef> bias = outside(loop, step.bias());
        bias.ifPresent(tensor -> add(NodeDef.newBuilder()
                .setName(scope + "/biased")
                .setOp("AddV2")
                .addInput(product.toString())
                .addInput(tensor.toString())
                .putAttr("T", type)));
        Optional<TensorRef> blob = bias.map(tensor -> new TensorRef(scope + "/biased", 0));
        Optional<TensorRef> lengths = outside(loop, step.lengths());
        if (lengths.isEmpty()) {
            return new HoistedProduct(product, bias, Optional.empty(), blob, outside(loop, step.state()), step);
        }
        ActiveSteps steps = new ActiveSteps(scope);
        DataType lengthType =
                loop.getAttrOrThrow("T").getList().getType(step.lengths().getAsInt());
        TensorRef active = steps.active(found.values(), type.getType(), lengths.get(), lengthType);
        TensorRef kept = steps.kept(blob.orElse(product), type.getType(), found.outputs(), active);
        steps.nodes().forEach(this::add);
        return new HoistedProduct(
                product, bias, Optional.of(active), Optional.of(kept), outside(loop, step.state()), step);
    }

    private static Optional<TensorRef> outside(NodeDef loop, OptionalInt argument) {
        return argument.stream().mapToObj(place -> GraphView.input(loop, place)).findFirst();
    }

    private void add(NodeDef.Builder node) {
        nodes.put(node.getName(), node.build());
    }

    private String unused(String name) {
        String free = name;
        for (int i = 1; nodes.containsKey(free); i++) {
            free = name + "_" + i;
        }
        return free;
    }
}
