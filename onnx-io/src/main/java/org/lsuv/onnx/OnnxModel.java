package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Holds a whole model, immutable. What this class does not interpret (metadata, documentation,
 * training information, unknown fields) stays in it and is written again as it was.
 */
public final class OnnxModel {
    private final @Nullable Path source;
    private final ModelProto proto;
    private final ExternalData externalData;
    private final OnnxGraph graph;
    private final Map<String, Long> opsets = new LinkedHashMap<>();
    private @Nullable OnnxModel inlined;

    OnnxModel(@Nullable Path source, ModelProto proto, ExternalData externalData) {
        this.source = source;
        this.proto = proto;
        this.externalData = externalData;
        this.graph = new OnnxGraph(proto.getGraph(), externalData);
        for (OperatorSetIdProto opset : proto.getOpsetImportList()) {
            opsets.merge(canonical(opset.getDomain()), opset.getVersion(), Math::max);
        }
        // IR versions 1 and 2 had no opset imports: the standard says opset 1.
        if (opsets.isEmpty()) {
            opsets.put("", 1L);
        }
    }

    static String canonical(String domain) {
        return domain.equals("ai.onnx") ? "" : domain;
    }

    /** Returns the file that the model was read from, if it was. */
    public Optional<Path> source() {
        return Optional.ofNullable(source);
    }

    /** Returns the name by which errors call the model: that of its file. */
    public String label() {
        return source == null ? "model" : String.valueOf(source.getFileName());
    }

    /** Returns the version of the file format. */
    public long irVersion() {
        return proto.getIrVersion();
    }

    /** Returns who wrote the file, such as {@code pytorch 1.13.1}; empty where it does not say. */
    public String producer() {
        return (proto.getProducerName() + " " + proto.getProducerVersion()).strip();
    }

    /** Returns the operator set versions by domain, {@code ai.onnx} under the empty name. */
    public Map<String, Long> opsets() {
        return Map.copyOf(opsets);
    }

    /** Returns the version of a domain's operator set that the model uses, if it imports it. */
    public OptionalLong opset(String domain) {
        Long version = opsets.get(canonical(domain));
        return version == null ? OptionalLong.empty() : OptionalLong.of(version);
    }

    /** Returns the version of the operator set by which a node of this model is read. */
    public long opset(OnnxNode node) {
        return node.opset().orElseGet(() -> opset(node.domain()).orElse(1));
    }

    /** Returns the main graph. */
    public OnnxGraph graph() {
        return graph;
    }

    /** Returns the graph and the bodies of the model's local functions. */
    public List<OnnxGraph> allGraphs() {
        List<OnnxGraph> graphs = new ArrayList<>(List.of(graph()));
        for (FunctionProto function : proto.getFunctionsList()) {
            GraphProto body =
                    GraphProto.newBuilder().addAllNode(function.getNodeList()).build();
            graphs.add(new OnnxGraph(body, externalData));
        }
        return graphs;
    }

    /** Returns the names of the model's local functions, as {@code domain.name}. */
    public List<String> functionNames() {
        return proto.getFunctionsList().stream()
                .map(function -> function.getDomain().isEmpty()
                        ? function.getName()
                        : function.getDomain() + "." + function.getName())
                .toList();
    }

    /**
     * Returns the model with the bodies of its local functions where they are called: for readers of the
     * graph. It is not for writing, as it has lost its functions.
     *
     * @throws OnnxFormatException if a function calls itself, or a call does not fit its function
     * @throws UnsupportedModelException if the model becomes too large by it
     */
    public OnnxModel inlined() {
        if (proto.getFunctionsCount() == 0) {
            return this;
        }
        OnnxModel known = inlined;
        if (known == null) {
            known = new OnnxModel(source, FunctionInlining.inlined(proto), externalData);
            inlined = known;
        }
        return known;
    }

    /** Tells whether all nodes are read by one version of each operator set, as engines do. */
    public boolean hasOneOpset() {
        return graph.nodes().stream().allMatch(OnnxModel::hasOneOpset);
    }

    private static boolean hasOneOpset(OnnxNode node) {
        return node.opset().isEmpty()
                && node.attributes().allGraphs().stream()
                        .flatMap(inner -> inner.nodes().stream())
                        .allMatch(OnnxModel::hasOneOpset);
    }

    /**
     * Returns the model with new values for the named weights and nothing else changed.
     *
     * <p>A name is that of an initializer, or of the output of a node that makes a weight: {@code
     * Constant} gets new contents; {@code ConstantOfShape} and the random generators become {@code
     * Constant}; {@code Identity} becomes an initializer of that name, which is how a weight that was
     * merged with others gets a copy of its own.
     *
     * @param weights new values by name, of the type and shape that the old ones have
     * @throws IllegalArgumentException if a name is no weight, or type or shape differ
     */
    public OnnxModel withWeights(Map<String, OnnxTensor> weights) {
        WeightEdit edit = new WeightEdit(graph, proto.getGraph(), proto.getIrVersion(), externalData);
        GraphProto changed = edit.apply(weights);
        return new OnnxModel(
                source, proto.toBuilder().setGraph(changed).build(), externalData.with(edit.externalChanges()));
    }

    /**
     * Returns the model with a new value for a weight that is stored inside a body.
     *
     * @throws IllegalArgumentException as {@link #withWeights}
     */
    OnnxModel withBodyWeight(BodyTensor place, OnnxTensor value) {
        GraphProto.Builder main = proto.getGraph().toBuilder();
        GraphProto.Builder body = main;
        String[] steps = place.body().split("/", -1);
        for (int i = 0; i + 1 < steps.length; i += 2) {
            String attribute = steps[i + 1];
            body = body.getNodeBuilder(Integer.parseInt(steps[i])).getAttributeBuilderList().stream()
                    .filter(found -> found.getName().equals(attribute))
                    .findFirst()
                    .orElseThrow()
                    .getGBuilder();
        }
        GraphProto old = body.build();
        WeightEdit edit = new WeightEdit(new OnnxGraph(old, externalData), old, irVersion(), externalData);
        GraphProto changed = edit.apply(Map.of(place.name(), value));
        body.clear().mergeFrom(changed);
        return new OnnxModel(
                source, proto.toBuilder().setGraph(main).build(), externalData.with(edit.externalChanges()));
    }

    /** Returns the model in the form in which an engine takes it from memory. */
    public EngineModel forEngine() {
        return EngineModel.of(this);
    }

    /**
     * Asks for a stored tensor of its own for one input of a node.
     *
     * @param node the node
     * @param input which of its inputs
     * @param name the name of the new initializer
     */
    public record Copy(OnnxNode node, int input, String name) {}

    /**
     * Returns the model in which some inputs of nodes read copies of what they read now.
     *
     * @throws IllegalArgumentException if an input does not read a stored tensor
     */
    public OnnxModel withCopies(List<Copy> copies) {
        WeightEdit edit = new WeightEdit(graph, proto.getGraph(), proto.getIrVersion(), externalData);
        return new OnnxModel(
                source, proto.toBuilder().setGraph(edit.copy(copies)).build(), externalData);
    }

    /**
     * Returns the model with values of the main graph stored instead of computed. Nodes and stored tensors that
     * nothing reads any more because of that are gone: it is for readers of the graph, not for writing.
     *
     * @param values what becomes an initializer, by the names that nodes give the values
     * @throws IllegalArgumentException if no node computes one of them
     */
    public OnnxModel withStored(Map<String, OnnxTensor> values) {
        return withStored(values, Map.of());
    }

    /**
     * Returns the model in which, besides, what reads some values reads stored ones instead.
     *
     * @param copies the names of the stored values, by the names of those that are the same
     * @throws IllegalArgumentException as {@link #withStored(Map)}
     */
    public OnnxModel withStored(Map<String, OnnxTensor> values, Map<String, String> copies) {
        WeightEdit edit = new WeightEdit(graph, proto.getGraph(), proto.getIrVersion(), externalData);
        GraphProto changed = StoredValues.in(graph, edit.add(values), values.keySet(), copies);
        return new OnnxModel(source, proto.toBuilder().setGraph(changed).build(), externalData);
    }

    ModelProto proto() {
        return proto;
    }

    ExternalData externalData() {
        return externalData;
    }

    @Override
    public String toString() {
        return label() + ": " + graph;
    }
}
