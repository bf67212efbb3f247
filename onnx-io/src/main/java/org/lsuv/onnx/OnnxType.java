package org.lsuv.onnx;

import java.util.Optional;

/** Lists the element types of ONNX tensors ({@code TensorProto.DataType} up to IR version 13). */
public enum OnnxType {
    UNDEFINED(0, "undefined", 0, Kind.OTHER),
    FLOAT(1, "float32", 32, Kind.FLOATING),
    UINT8(2, "uint8", 8, Kind.INTEGER),
    INT8(3, "int8", 8, Kind.INTEGER),
    UINT16(4, "uint16", 16, Kind.INTEGER),
    INT16(5, "int16", 16, Kind.INTEGER),
    INT32(6, "int32", 32, Kind.INTEGER),
    INT64(7, "int64", 64, Kind.INTEGER),
    STRING(8, "string", 0, Kind.OTHER),
    BOOL(9, "bool", 8, Kind.OTHER),
    FLOAT16(10, "float16", 16, Kind.FLOATING),
    DOUBLE(11, "float64", 64, Kind.FLOATING),
    UINT32(12, "uint32", 32, Kind.INTEGER),
    UINT64(13, "uint64", 64, Kind.INTEGER),
    COMPLEX64(14, "complex64", 64, Kind.OTHER),
    COMPLEX128(15, "complex128", 128, Kind.OTHER),
    BFLOAT16(16, "bfloat16", 16, Kind.FLOATING),
    FLOAT8E4M3FN(17, "float8e4m3fn", 8, Kind.OTHER),
    FLOAT8E4M3FNUZ(18, "float8e4m3fnuz", 8, Kind.OTHER),
    FLOAT8E5M2(19, "float8e5m2", 8, Kind.OTHER),
    FLOAT8E5M2FNUZ(20, "float8e5m2fnuz", 8, Kind.OTHER),
    UINT4(21, "uint4", 4, Kind.OTHER),
    INT4(22, "int4", 4, Kind.OTHER),
    FLOAT4E2M1(23, "float4e2m1", 4, Kind.OTHER),
    FLOAT8E8M0(24, "float8e8m0", 8, Kind.OTHER),
    UINT2(25, "uint2", 2, Kind.OTHER),
    INT2(26, "int2", 2, Kind.OTHER);

    private enum Kind {
        FLOATING,
        INTEGER,
        OTHER
    }

    private static final OnnxType[] BY_CODE = values();

    private final int code;
    private final String label;
    private final int bits;
    private final Kind kind;

    OnnxType(int code, String label, int bits, Kind kind) {
        this.code = code;
        this.label = label;
        this.bits = bits;
        this.kind = kind;
    }

    /** Finds the type with a {@code TensorProto.DataType} number; empty for a number not known here. */
    public static Optional<OnnxType> ofCode(int code) {
        return code >= 0 && code < BY_CODE.length ? Optional.of(BY_CODE[code]) : Optional.empty();
    }

    /** Returns the number of this type in {@code TensorProto.DataType}. */
    public int code() {
        return code;
    }

    /** Returns the name that users know, such as {@code float32}. */
    public String label() {
        return label;
    }

    /** Returns the width of one element in bits; 0 for strings and for the undefined type. */
    public int bits() {
        return bits;
    }

    /** Tells whether this is float16, bfloat16, float32 or float64. */
    public boolean isFloating() {
        return kind == Kind.FLOATING;
    }

    /** Tells whether this is a signed or unsigned integer of 8 to 64 bits. */
    public boolean isInteger() {
        return kind == Kind.INTEGER;
    }

    /**
     * Returns the bytes that {@code elements} values take, packed types rounded up to whole bytes.
     *
     * @throws ArithmeticException if the count does not fit a {@code long}
     */
    public long byteCount(long elements) {
        return bits < 8 ? (Math.multiplyExact(elements, bits) + 7) / 8 : Math.multiplyExact(elements, bits / 8);
    }
}
