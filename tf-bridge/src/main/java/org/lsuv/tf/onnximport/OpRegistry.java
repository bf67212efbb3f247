package org.lsuv.tf.onnximport;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Function;
import org.tensorflow.Operand;

/**
 * Holds the converters by (domain, operator, since-version). The one with the greatest since-version
 * that is not above the model's opset is used; an opset below the first known one has none.
 */
public final class OpRegistry {
    private final Map<OpName, NavigableMap<Integer, OpConverter>> converters;

    private OpRegistry(Map<OpName, NavigableMap<Integer, OpConverter>> converters) {
        this.converters = converters;
    }

    /**
     * Names an operator.
     *
     * @param domain the domain; empty for {@code ai.onnx}
     * @param op the operator
     */
    public record OpName(String domain, String op) implements Comparable<OpName> {
        @Override
        public int compareTo(OpName other) {
            int byDomain = domain.compareTo(other.domain);
            return byDomain != 0 ? byDomain : op.compareTo(other.op);
        }

        @Override
        public String toString() {
            return domain.isEmpty() ? op : domain + "." + op;
        }
    }

    /** Returns the converter for an operator in a model that uses {@code opset} of its domain. */
    public Optional<OpConverter> find(OpName name, long opset) {
        return entry(name, opset).map(Map.Entry::getValue);
    }

    /** Returns the since-version under which the converter that {@link #find} returns is registered. */
    public OptionalInt sinceVersion(OpName name, long opset) {
        return entry(name, opset).stream().mapToInt(Map.Entry::getKey).findFirst();
    }

    private Optional<Map.Entry<Integer, OpConverter>> entry(OpName name, long opset) {
        return Optional.ofNullable(converters.get(name))
                .map(versions -> versions.floorEntry((int) Math.min(opset, Integer.MAX_VALUE)));
    }

    /** Returns every operator with its since-versions, sorted. */
    public Map<OpName, List<Integer>> versions() {
        Map<OpName, List<Integer>> versions = new TreeMap<>();
        converters.forEach((name, byVersion) -> versions.put(name, List.copyOf(byVersion.keySet())));
        return versions;
    }

    /** Collects the lines of the families' tables for one domain. */
    public static final class Table {
        private final String domain;
        private final Map<OpName, NavigableMap<Integer, OpConverter>> converters = new HashMap<>();

        /** Creates an empty table for a domain, empty for {@code ai.onnx}. */
        public Table(String domain) {
            this.domain = domain;
        }

        /** Adds an operator with one output. */
        public Table one(String op, int sinceVersion, Function<NodeContext, Operand<?>> converter) {
            return many(op, sinceVersion, node -> List.of(converter.apply(node)));
        }

        /** Adds an operator with several outputs. */
        public Table many(String op, int sinceVersion, OpConverter converter) {
            OpConverter previous = converters
                    .computeIfAbsent(new OpName(domain, op), key -> new TreeMap<>())
                    .put(sinceVersion, converter);
            if (previous != null) {
                throw new IllegalStateException(op + " since version " + sinceVersion + " is registered twice");
            }
            return this;
        }
    }

    /** Creates a registry of all lines of some tables, whose domains must differ. */
    public static OpRegistry of(Table... tables) {
        Map<OpName, NavigableMap<Integer, OpConverter>> all = new HashMap<>();
        for (Table table : tables) {
            table.converters.forEach((name, versions) -> {
                if (all.put(name, versions) != null) {
                    throw new IllegalStateException(name + " stands in two tables");
                }
            });
        }
        return new OpRegistry(all);
    }
}
