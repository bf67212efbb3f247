package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Puts the bodies of If, Loop and Scan into the main graph, once for each time that they run. What a body stores
 * becomes one initializer that all its copies read, and new values for it find their way back into the body.
 *
 * <p>The result computes the same as the model wherever its bodies run as often as was said. It is for readers of the
 * graph, not for writing.
 */
public final class BodyUnrolling {
    private final OnnxModel original;
    private final UniqueNames names;
    private final Map<String, String> places = new HashMap<>();
    private final Map<String, Integer> occurrences = new HashMap<>();
    private final Map<BodyTensor, String> stored = new LinkedHashMap<>();
    private OnnxModel model;

    private BodyUnrolling(OnnxModel model) {
        this.original = model;
        this.model = model;
        this.names = UniqueNames.of(model.proto().getGraph());
        UniqueNames.collect(model.proto().getGraph(), name -> occurrences.merge(name, 1, Integer::sum));
        model.graph().nodes().forEach(node -> places.put(node.firstOutput(), Integer.toString(node.index())));
    }

    /** Returns an unrolling that has put nothing anywhere yet. */
    public static BodyUnrolling of(OnnxModel model) {
        return new BodyUnrolling(model);
    }

    /** Returns the model as it is by now. */
    public OnnxModel model() {
        return model;
    }

    /** Returns a text that is the same for all copies of one body. */
    public String place(OnnxNode node, String attribute) {
        return places.get(node.firstOutput()) + "/" + attribute;
    }

    /** Puts bodies of nodes of {@link #model} in the nodes' places. */
    public void unroll(List<BodyRun> runs) {
        Map<Integer, BodyRun> byNode = new HashMap<>();
        runs.forEach(run -> byNode.put(run.node().index(), run));
        GraphProto old = model.proto().getGraph();
        GraphProto.Builder builder = old.toBuilder().clearNode();
        for (int i = 0; i < old.getNodeCount(); i++) {
            BodyRun run = byNode.get(i);
            if (run == null) {
                builder.addNode(old.getNode(i));
            } else {
                new UnrolledNode(old.getNode(i), run, model.opset(run.node()), new Copies(run, old.getNode(i), builder))
                        .write();
            }
        }
        ModelProto changed = model.proto().toBuilder().setGraph(builder).build();
        model = new OnnxModel(model.source().orElse(null), changed, model.externalData());
    }

    /**
     * Returns the model as it was at first, with new values for weights of {@link #model}.
     *
     * @throws IllegalArgumentException as {@link OnnxModel#withWeights}
     */
    public OnnxModel withWeights(Map<String, OnnxTensor> weights) {
        Map<String, OnnxTensor> outside = new LinkedHashMap<>(weights);
        Map<BodyTensor, OnnxTensor> inside = new LinkedHashMap<>();
        stored.forEach((tensor, name) -> {
            OnnxTensor value = outside.remove(name);
            if (value != null) {
                inside.put(tensor, value.withName(tensor.name()));
            }
        });
        OnnxModel changed = original;
        for (Map.Entry<BodyTensor, OnnxTensor> entry : inside.entrySet()) {
            changed = changed.withBodyWeight(entry.getKey(), entry.getValue());
        }
        return changed.withWeights(outside);
    }

    /** Copies one body into the main graph. */
    final class Copies extends NodeOwner {
        private final GraphProto body;
        private final String place;
        private final String label;
        private final GraphProto.Builder target;
        private final Map<String, String> shared = new HashMap<>();

        private Copies(BodyRun run, NodeProto holder, GraphProto.Builder target) {
            this.body = holder.getAttributeList().stream()
                    .filter(attribute -> attribute.getName().equals(run.attribute()))
                    .map(AttributeProto::getG)
                    .findFirst()
                    .orElseThrow();
            this.place = place(run.node(), run.attribute());
            this.target = target;
            this.label = UnrolledNode.label(holder);
            body.getInitializerList()
                    .forEach(tensor -> share(
                            tensor.getName(),
                            name -> target.addInitializer(tensor.toBuilder().setName(name))));
            body.getSparseInitializerList()
                    .forEach(sparse -> share(
                            sparse.getValues().getName(),
                            name -> target.addSparseInitializer(sparse.toBuilder()
                                    .setValues(sparse.getValues().toBuilder().setName(name)))));
            body.getNodeList().stream()
                    .filter(Copies::isConstant)
                    .forEach(node -> share(
                            node.getOutput(0),
                            name -> target.addNode(node.toBuilder().setOutput(0, name))));
        }

        private void share(String name, Consumer<String> add) {
            BodyTensor tensor = new BodyTensor(place, name);
            String known = stored.get(tensor);
            if (known == null) {
                boolean isUnique = Integer.valueOf(1).equals(occurrences.get(name));
                known = isUnique ? name : names.free(label + "/" + name);
                stored.put(tensor, known);
                add.accept(known);
            }
            shared.put(name, known);
        }

        private static boolean isConstant(NodeProto node) {
            return node.getOpType().equals("Constant")
                    && OnnxModel.canonical(node.getDomain()).isEmpty();
        }

        GraphProto body() {
            return body;
        }

        @Override
        void add(NodeProto.Builder node) {
            target.addNode(node);
        }

        @Override
        String newName() {
            return names.free(label + "/unrolled");
        }

        /** Starts a node of the {@code ai.onnx} domain. */
        NodeDraft node(String operator, String... inputs) {
            return new NodeDraft(this, operator, List.of(inputs));
        }

        /** Adds a constant and returns its name. */
        String constant(String what, OnnxTensor value) {
            String name = names.free(label + "/" + what);
            target.addInitializer(TensorCodec.encode(value.withName(name)));
            return name;
        }

        /**
         * Adds a copy.
         *
         * @param prefix what its names begin with
         * @param given what the body's inputs are
         * @param wanted the names that some of its outputs must have, as far as its nodes compute them
         * @return what the body's outputs are
         */
        List<String> copy(String prefix, List<String> given, Map<Integer, String> wanted) {
            Map<String, String> renamed = new HashMap<>(shared);
            for (int i = 0; i < body.getInputCount(); i++) {
                renamed.put(body.getInput(i).getName(), given.get(i));
            }
            List<NodeProto> nodes = new ArrayList<>();
            List<Integer> positions = new ArrayList<>();
            for (int i = 0; i < body.getNodeCount(); i++) {
                if (!isConstant(body.getNode(i))) {
                    nodes.add(body.getNode(i));
                    positions.add(i);
                }
            }
            wanted.forEach((output, name) -> {
                String value = body.getOutput(output).getName();
                if (nodes.stream().anyMatch(node -> node.getOutputList().contains(value))) {
                    renamed.putIfAbsent(value, name);
                }
            });
            List<NodeProto> copies =
                    new RenamedNodes(prefix, names, Map.of(), RenamedNodes.Inner.KEPT).nodes(nodes, renamed);
            for (int i = 0; i < copies.size(); i++) {
                target.addNode(copies.get(i));
                places.put(firstOutput(copies.get(i)), place + "/" + positions.get(i));
            }
            return body.getOutputList().stream()
                    .map(output -> RenamedNodes.renamed(renamed, output.getName()))
                    .toList();
        }

        private static String firstOutput(NodeProto node) {
            return node.getOutputList().stream()
                    .filter(name -> !name.isEmpty())
                    .findFirst()
                    .orElse("");
        }
    }
}
