package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Edits a copy of a model's graph that an engine is to run: nodes are replaced or appended, and other
 * values become its outputs. The copy is for memory only; the model itself is not touched.
 *
 * <p>Names that it makes up begin with a prefix that occurs nowhere in the model.
 */
public final class ModelExtension extends NodeOwner {
    private final OnnxModel model;
    private final String prefix;
    private final List<NodeProto> appended = new ArrayList<>();
    private List<NodeProto> target = appended;
    private GraphProto graph;
    private int names;

    private ModelExtension(OnnxModel model) {
        this.model = model;
        this.graph = model.proto().getGraph();
        Set<String> taken = new HashSet<>();
        UniqueNames.collect(graph, taken::add);
        String free = "lsuv_probe";
        while (taken.stream().anyMatch(startsWith(free))) {
            free += "_";
        }
        this.prefix = free;
    }

    private static Predicate<String> startsWith(String prefix) {
        return name -> name.startsWith(prefix);
    }

    /** Returns an extension that changes nothing yet. */
    public static ModelExtension of(OnnxModel model) {
        return new ModelExtension(model);
    }

    /** Returns the element type of an initializer of the main graph; empty if there is none of this name. */
    public Optional<OnnxType> initializerType(String name) {
        return model.graph().initializer(name).map(OnnxTensor::type);
    }

    /** Returns the version of a domain's operators by which the copy is read. */
    public long opset(String domain) {
        return model.opset(domain).orElse(domain.isEmpty() ? 1 : 0);
    }

    /**
     * Replaces nodes at any depth. The function gets each node and adds what stands for it with {@link
     * #node}; it returns whether the node goes. What it adds comes where the node was.
     */
    public void replaceNodes(Predicate<OnnxNode> replaced) {
        graph = replaceNodes(graph, replaced);
    }

    private GraphProto replaceNodes(GraphProto old, Predicate<OnnxNode> replaced) {
        OnnxNode[] views = new OnnxNode[old.getNodeCount()];
        new OnnxGraph(old, model.externalData()).nodes().forEach(node -> views[node.index()] = node);
        GraphProto.Builder builder = old.toBuilder().clearNode();
        for (int i = 0; i < views.length; i++) {
            List<NodeProto> added = new ArrayList<>();
            target = added;
            boolean goes = replaced.test(views[i]);
            target = appended;
            added.forEach(builder::addNode);
            if (!goes) {
                builder.addNode(replaceInside(old.getNode(i), replaced));
            }
        }
        return builder.build();
    }

    private NodeProto replaceInside(NodeProto node, Predicate<OnnxNode> replaced) {
        NodeProto.Builder builder = node.toBuilder();
        for (int i = 0; i < node.getAttributeCount(); i++) {
            AttributeProto.Builder attribute = node.getAttribute(i).toBuilder();
            if (attribute.hasG()) {
                attribute.setG(replaceNodes(attribute.getG(), replaced));
            }
            for (int j = 0; j < attribute.getGraphsCount(); j++) {
                attribute.setGraphs(j, replaceNodes(attribute.getGraphs(j), replaced));
            }
            builder.setAttribute(i, attribute);
        }
        return builder.build();
    }

    /**
     * Leaves the first axis of some inputs open, so that an engine takes any number of rows. What the file
     * declares of other values goes, since sizes there follow from the old number.
     */
    public void openFirstAxis(Set<String> inputs) {
        GraphProto.Builder builder = graph.toBuilder().clearValueInfo();
        for (ValueInfoProto.Builder input : builder.getInputBuilderList()) {
            if (inputs.contains(input.getName())) {
                input.getTypeBuilder()
                        .getTensorTypeBuilder()
                        .getShapeBuilder()
                        .getDimBuilder(0)
                        .clearValue();
            }
        }
        graph = builder.build();
    }

    /** Lets a Loop of the main graph give one more output and returns its name: a list with a value for each iteration. */
    public String countIterations(OnnxNode loop) {
        String going = newName();
        String list = newName();
        NodeProto.Builder node = graph.getNode(loop.index()).toBuilder();
        GraphProto.Builder body = node.getAttributeBuilderList().stream()
                .filter(attribute -> attribute.getName().equals("body"))
                .findFirst()
                .orElseThrow(() -> loop.attributes().problem("body", "is missing"))
                .getGBuilder();
        body.addNode(NodeProto.newBuilder()
                .setOpType("Identity")
                .addInput(body.getOutput(0).getName())
                .addOutput(going));
        body.addOutput(body.getOutput(0).toBuilder().setName(going));
        // Outputs that are left out at the end need their places.
        while (node.getOutputCount() < body.getOutputCount() - 2) {
            node.addOutput("");
        }
        graph = graph.toBuilder().setNode(loop.index(), node.addOutput(list)).build();
        return list;
    }

    /** Starts a node of the {@code ai.onnx} domain; an empty name leaves an optional input out. */
    public NodeDraft node(String operator, String... inputs) {
        return new NodeDraft(this, operator, List.of(inputs));
    }

    /** Adds a {@code Constant} node and returns the name of its value. */
    public String constant(OnnxTensor value) {
        return node("Constant").withTensor("value", value).add();
    }

    @Override
    String newName() {
        return prefix + "_" + names++;
    }

    @Override
    void add(NodeProto.Builder node) {
        target.add(node.build());
    }

    /** Returns the changed copy whole, with the model's own outputs. */
    public OnnxModel whole() {
        GraphProto.Builder builder = graph.toBuilder().addAllNode(appended);
        ModelProto changed = model.proto().toBuilder().setGraph(builder).build();
        return new OnnxModel(model.source().orElse(null), changed, model.externalData());
    }

    /**
     * Returns the changed copy with the given outputs instead of its own. Nodes, inputs and
     * initializers that none of them needs are left out, so that an engine spends nothing on them.
     */
    public OnnxModel withOutputs(Collection<String> outputs) {
        GraphProto.Builder builder = graph.toBuilder().addAllNode(appended);
        builder.clearOutput();
        outputs.forEach(name -> builder.addOutput(ValueInfoProto.newBuilder().setName(name)));
        prune(builder, new HashSet<>(outputs));
        ModelProto changed = model.proto().toBuilder().setGraph(builder).build();
        return new OnnxModel(model.source().orElse(null), changed, model.externalData());
    }

    private void prune(GraphProto.Builder builder, Set<String> needed) {
        OnnxGraph whole = new OnnxGraph(builder.build(), model.externalData());
        boolean[] keep = new boolean[builder.getNodeCount()];
        List<OnnxNode> order = whole.nodes();
        for (int i = order.size() - 1; i >= 0; i--) {
            OnnxNode node = order.get(i);
            if (node.outputs().stream().anyMatch(needed::contains)) {
                keep[node.index()] = true;
                needed.addAll(node.inputs());
                node.attributes().allGraphs().forEach(inner -> needed.addAll(inner.captured()));
            }
        }
        List<NodeProto> nodes = new ArrayList<>();
        order.stream().filter(node -> keep[node.index()]).forEach(node -> nodes.add(builder.getNode(node.index())));
        List<ValueInfoProto> inputs = filtered(builder.getInputList(), input -> needed.contains(input.getName()));
        var initializers = filtered(builder.getInitializerList(), tensor -> needed.contains(tensor.getName()));
        var sparse = filtered(
                builder.getSparseInitializerList(),
                tensor -> needed.contains(tensor.getValues().getName()));
        builder.clearNode().addAllNode(nodes);
        builder.clearInput().addAllInput(inputs);
        builder.clearInitializer().addAllInitializer(initializers);
        builder.clearSparseInitializer().addAllSparseInitializer(sparse);
    }

    private static <T> List<T> filtered(List<T> all, Predicate<T> kept) {
        return all.stream().filter(kept).toList();
    }
}
