package org.lsuv.onnx;

import java.util.Optional;

/**
 * Describes a named value of a graph as the file declares it.
 *
 * @param name the name of the value
 * @param type the element type, that of the tensors inside a sequence or optional; {@link OnnxType#UNDEFINED}
 *     where none is declared
 * @param shape the shape; empty where none is declared
 * @param kind what the value is: a plain tensor, or something that holds tensors
 */
public record OnnxValue(String name, OnnxType type, Optional<OnnxShape> shape, Kind kind) {

    /** Lists what a value can be. */
    public enum Kind {
        TENSOR,
        SPARSE_TENSOR,
        SEQUENCE,
        MAP,
        OPTIONAL,
        UNKNOWN
    }

    @Override
    public String toString() {
        return switch (kind) {
            case TENSOR ->
                name + ": " + type.label() + shape.map(OnnxShape::toString).orElse("");
            default ->
                name + ": " + kind.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
        };
    }
}
