package org.lsuv.tf;

import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint16;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/** Maps element types between ONNX and TensorFlow. */
public final class TfTypes {
    private TfTypes() {}

    /**
     * Returns the type in which values of an ONNX type are computed. The 16-bit floating-point types are
     * computed in float32: TensorFlow lacks kernels for them on the CPU, and sums would lose digits.
     *
     * @throws UnsupportedModelException if TensorFlow's Java API has no such type
     */
    public static Class<? extends TType> computeType(OnnxType type) {
        return switch (type) {
            case FLOAT, FLOAT16, BFLOAT16 -> TFloat32.class;
            case DOUBLE -> TFloat64.class;
            case UINT8 -> TUint8.class;
            case UINT16 -> TUint16.class;
            case INT32 -> TInt32.class;
            case INT64 -> TInt64.class;
            case BOOL -> TBool.class;
            case STRING -> TString.class;
            // Narrow and unsigned integers have no class in the Java API; a wider one holds them.
            case INT8, INT16, INT4, UINT4, INT2, UINT2 -> TInt32.class;
            // The widest unsigned integers keep their bits, and look negative from 2^63 on.
            case UINT32, UINT64 -> TInt64.class;
            case FLOAT8E4M3FN, FLOAT8E4M3FNUZ, FLOAT8E5M2, FLOAT8E5M2FNUZ, FLOAT4E2M1 -> TFloat32.class;
            // TensorFlow's kernels flush to zero what float32 holds in subnormal form alone, such as 2^-127.
            case FLOAT8E8M0 -> TFloat64.class;
            default ->
                throw new UnsupportedModelException("element type " + type.label() + " is not supported in TensorFlow");
        };
    }

    /** Tells whether {@link #computeType} has a type. */
    public static boolean isSupported(OnnxType type) {
        return switch (type) {
            case UNDEFINED, COMPLEX64, COMPLEX128 -> false;
            default -> true;
        };
    }

    /** Returns the ONNX type of the values that a tensor of TensorFlow holds. */
    public static OnnxType onnxType(DataType type) {
        return switch (type) {
            case DT_FLOAT -> OnnxType.FLOAT;
            case DT_DOUBLE -> OnnxType.DOUBLE;
            case DT_HALF -> OnnxType.FLOAT16;
            case DT_BFLOAT16 -> OnnxType.BFLOAT16;
            case DT_UINT8 -> OnnxType.UINT8;
            case DT_UINT16 -> OnnxType.UINT16;
            case DT_INT8 -> OnnxType.INT8;
            case DT_INT16 -> OnnxType.INT16;
            case DT_INT32 -> OnnxType.INT32;
            case DT_INT64 -> OnnxType.INT64;
            case DT_BOOL -> OnnxType.BOOL;
            case DT_STRING -> OnnxType.STRING;
            default -> throw new UnsupportedModelException("TensorFlow's type " + type + " has no ONNX counterpart");
        };
    }

    /** Returns the ONNX type that corresponds to a class of TensorFlow's Java API. */
    public static OnnxType onnxType(Class<? extends TType> type) {
        if (type == TFloat32.class) {
            return OnnxType.FLOAT;
        } else if (type == TFloat64.class) {
            return OnnxType.DOUBLE;
        } else if (type == TFloat16.class) {
            return OnnxType.FLOAT16;
        } else if (type == TBfloat16.class) {
            return OnnxType.BFLOAT16;
        } else if (type == TUint8.class) {
            return OnnxType.UINT8;
        } else if (type == TUint16.class) {
            return OnnxType.UINT16;
        } else if (type == TInt32.class) {
            return OnnxType.INT32;
        } else if (type == TInt64.class) {
            return OnnxType.INT64;
        } else if (type == TBool.class) {
            return OnnxType.BOOL;
        } else if (type == TString.class) {
            return OnnxType.STRING;
        }
        throw new UnsupportedModelException("TensorFlow's type " + type.getSimpleName() + " has no ONNX counterpart");
    }
}
