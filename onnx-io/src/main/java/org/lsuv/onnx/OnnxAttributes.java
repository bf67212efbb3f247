package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Gives typed access to the attributes of one node. A default is stated where the value is asked
 * for; an attribute of another type than asked for is an {@link OnnxFormatException}.
 */
public final class OnnxAttributes {
    private final String owner;
    private final Map<String, AttributeProto> attributes;
    private final Function<AttributeProto, OnnxTensor> tensors;
    private final Function<AttributeProto, List<OnnxGraph>> graphs;
    private final Map<String, List<OnnxGraph>> graphsRead = new ConcurrentHashMap<>();

    OnnxAttributes(
            String owner,
            Map<String, AttributeProto> attributes,
            Function<AttributeProto, OnnxTensor> tensors,
            Function<AttributeProto, List<OnnxGraph>> graphs) {
        this.owner = owner;
        this.attributes = attributes;
        this.tensors = tensors;
        this.graphs = graphs;
    }

    /** Returns the names of the attributes that are present. */
    public Set<String> names() {
        return attributes.keySet();
    }

    /** Returns the attributes of some names, those that are present. */
    List<AttributeProto> protos(Collection<String> names) {
        return names.stream()
                .flatMap(name -> Optional.ofNullable(attributes.get(name)).stream())
                .toList();
    }

    /** Tells whether an attribute is present. */
    public boolean has(String name) {
        return attributes.containsKey(name);
    }

    /** Tells whether an attribute is present and an integer: some change their type between versions. */
    public boolean isInt(String name) {
        AttributeProto attribute = attributes.get(name);
        return attribute != null && typeOf(attribute) == AttributeType.INT;
    }

    /** Returns an integer attribute, or the default where it is absent. */
    public long intOr(String name, long defaultValue) {
        return find(name, AttributeType.INT).map(AttributeProto::getI).orElse(defaultValue);
    }

    /** Returns an integer attribute that must be present. */
    public long requireInt(String name) {
        return require(name, AttributeType.INT).getI();
    }

    /** Tells whether an integer attribute is present and not 0. */
    public boolean flag(String name) {
        return intOr(name, 0) != 0;
    }

    /** Returns a float attribute, or the default where it is absent. */
    public float floatOr(String name, float defaultValue) {
        return find(name, AttributeType.FLOAT).map(AttributeProto::getF).orElse(defaultValue);
    }

    /** Returns a string attribute, or the default where it is absent. */
    public String stringOr(String name, String defaultValue) {
        return find(name, AttributeType.STRING)
                .map(attribute -> attribute.getS().toStringUtf8())
                .orElse(defaultValue);
    }

    /** Returns a string attribute that must be present. */
    public String requireString(String name) {
        return require(name, AttributeType.STRING).getS().toStringUtf8();
    }

    /** Returns a list of integers, if present. */
    public Optional<long[]> ints(String name) {
        return find(name, AttributeType.INTS)
                .map(attribute -> attribute.getIntsList().stream()
                        .mapToLong(Long::longValue)
                        .toArray());
    }

    /**
     * Returns a list of integers of a given length, if present.
     *
     * @throws OnnxFormatException if the list has another length
     */
    public Optional<long[]> ints(String name, int length) {
        Optional<long[]> values = ints(name);
        if (values.isPresent() && values.get().length != length) {
            throw problem(name, "expected " + length + " integers, got " + values.get().length);
        }
        return values;
    }

    /** Returns a list of integers that must be present. */
    public long[] requireInts(String name) {
        return ints(name).orElseThrow(() -> problem(name, "is missing"));
    }

    /** Returns a list of floats, if present. */
    public Optional<float[]> floats(String name) {
        return find(name, AttributeType.FLOATS).map(attribute -> {
            float[] values = new float[attribute.getFloatsCount()];
            for (int i = 0; i < values.length; i++) {
                values[i] = attribute.getFloats(i);
            }
            return values;
        });
    }

    /** Returns a list of strings, if present. */
    public Optional<List<String>> strings(String name) {
        return find(name, AttributeType.STRINGS)
                .map(attribute -> attribute.getStringsList().stream()
                        .map(bytes -> bytes.toStringUtf8())
                        .toList());
    }

    /** Returns a tensor attribute, if present. */
    public Optional<OnnxTensor> tensor(String name) {
        return find(name, AttributeType.TENSOR).map(tensors);
    }

    /** Returns a tensor attribute that must be present. */
    public OnnxTensor requireTensor(String name) {
        return tensors.apply(require(name, AttributeType.TENSOR));
    }

    /** Returns a graph attribute, if present. */
    public Optional<OnnxGraph> graph(String name) {
        return find(name, AttributeType.GRAPH).map(this::onlyGraph);
    }

    /** Returns a graph attribute that must be present. */
    public OnnxGraph requireGraph(String name) {
        return onlyGraph(require(name, AttributeType.GRAPH));
    }

    private OnnxGraph onlyGraph(AttributeProto attribute) {
        List<OnnxGraph> found = graphs(attribute);
        if (found.isEmpty()) {
            throw problem(attribute.getName(), "holds no graph");
        }
        return found.get(0);
    }

    /** Every graph is read once: doing it again at each level of nesting takes exponential time. */
    private List<OnnxGraph> graphs(AttributeProto attribute) {
        return graphsRead.computeIfAbsent(attribute.getName(), name -> graphs.apply(attribute));
    }

    /** Returns all graphs that the attributes hold, for walking a model whole. */
    public List<OnnxGraph> allGraphs() {
        return attributes.values().stream()
                .flatMap(attribute -> graphs(attribute).stream())
                .toList();
    }

    private AttributeProto require(String name, AttributeType type) {
        return find(name, type).orElseThrow(() -> problem(name, "is missing"));
    }

    private Optional<AttributeProto> find(String name, AttributeType type) {
        AttributeProto attribute = attributes.get(name);
        if (attribute == null) {
            return Optional.empty();
        }
        if (typeOf(attribute) != type) {
            throw problem(name, "expected " + label(type) + ", got " + label(typeOf(attribute)));
        }
        return Optional.of(attribute);
    }

    /** Files of IR version 1 leave the type out; what is filled in then tells it. */
    private static AttributeType typeOf(AttributeProto attribute) {
        if (attribute.getType() != AttributeType.UNDEFINED) {
            return attribute.getType();
        }
        if (attribute.getIntsCount() > 0) {
            return AttributeType.INTS;
        }
        if (attribute.getFloatsCount() > 0) {
            return AttributeType.FLOATS;
        }
        if (attribute.getStringsCount() > 0) {
            return AttributeType.STRINGS;
        }
        if (attribute.hasT()) {
            return AttributeType.TENSOR;
        }
        if (attribute.hasG()) {
            return AttributeType.GRAPH;
        }
        if (attribute.hasS()) {
            return AttributeType.STRING;
        }
        return attribute.hasF() ? AttributeType.FLOAT : AttributeType.INT;
    }

    private static String label(AttributeType type) {
        return switch (type) {
            case INT -> "an integer";
            case INTS -> "integers";
            case FLOAT -> "a float";
            case FLOATS -> "floats";
            case STRING -> "a string";
            case STRINGS -> "strings";
            case TENSOR -> "a tensor";
            case GRAPH -> "a graph";
            default -> type.name();
        };
    }

    /** Returns the error for an attribute of this node: {@code node …: attribute "pads": …}. */
    public OnnxFormatException problem(String name, String what) {
        return new OnnxFormatException(owner + ": attribute \"" + name + "\": " + what);
    }
}
