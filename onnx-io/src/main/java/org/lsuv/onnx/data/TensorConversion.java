package org.lsuv.onnx.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import org.lsuv.onnx.HalfFloats;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

/**
 * Converts tensors between element types where no value changes its meaning: floating-point values
 * are rounded to the nearest, integers must fit, and only integral values become integers.
 */
final class TensorConversion {
    /**
     * Holds the outcome.
     *
     * @param tensor the tensor in the wanted type
     * @param note what was done; empty if nothing was
     */
    record Result(OnnxTensor tensor, Optional<String> note) {}

    private final OnnxTensor source;
    private final OnnxType target;
    private final ElementCursor elements;
    private long rounded;

    private TensorConversion(OnnxTensor source, OnnxType target) {
        this.source = source;
        this.target = target;
        this.elements = new ElementCursor(source);
    }

    /**
     * Returns the tensor in another type.
     *
     * @throws OnnxFormatException if the types have no common values, or a value does not fit
     */
    static Result convert(OnnxTensor source, OnnxType target) {
        if (source.type() == target || target == OnnxType.UNDEFINED) {
            return new Result(source, Optional.empty());
        }
        String what = "from " + source.type().label() + " to " + target.label();
        if (!isNumeric(source.type()) || !isNumeric(target)) {
            throw new OnnxFormatException("cannot be converted " + what + "; save the data as " + target.label());
        }
        HeapLimit.check(target.byteCount(source.elementCount()));
        TensorConversion conversion = new TensorConversion(source, target);
        OnnxTensor tensor = OnnxTensor.fill(source.name(), target, source.shape(), conversion::nextChunk);
        String loss = conversion.rounded == 0 ? "" : " (" + conversion.rounded + " integers rounded)";
        return new Result(tensor, Optional.of("converted " + what + loss));
    }

    private static boolean isNumeric(OnnxType type) {
        return type.isFloating() || type.isInteger() || type == OnnxType.BOOL;
    }

    private ByteBuffer nextChunk(int length) {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (target.isFloating()) {
                putFloating(bytes, elements.nextDouble());
            } else if (source.type().isFloating()) {
                putInteger(bytes, integral(elements.nextDouble()));
            } else {
                putInteger(bytes, fitting(elements.nextLong()));
            }
        }
        return bytes.flip();
    }

    private void putFloating(ByteBuffer bytes, double value) {
        double stored = switch (target) {
            case DOUBLE -> {
                bytes.putDouble(value);
                yield value;
            }
            case FLOAT -> {
                bytes.putFloat((float) value);
                yield (float) value;
            }
            case FLOAT16 -> {
                short bits = HalfFloats.toFloat16((float) value);
                bytes.putShort(bits);
                yield HalfFloats.fromFloat16(bits);
            }
            default -> {
                short bits = HalfFloats.toBfloat16((float) value);
                bytes.putShort(bits);
                yield HalfFloats.fromBfloat16(bits);
            }
        };
        if (Double.isInfinite(stored) && !Double.isInfinite(value)) {
            throw doesNotFit(String.valueOf(value));
        }
        if (!source.type().isFloating() && stored != value) {
            rounded++;
        }
    }

    private long integral(double value) {
        if (value != Math.rint(value) || Double.isInfinite(value)) {
            throw new OnnxFormatException("holds " + value + ", which is not an integer, and the model expects "
                    + target.label() + "; round or cast the data first");
        }
        if (target == OnnxType.UINT64) {
            if (value < 0 || value >= 0x1p64) {
                throw doesNotFit(String.valueOf(value));
            }
            return ElementCursor.unsignedBits(value);
        }
        if (value < -0x1p63 || value >= 0x1p63 || outside((long) value)) {
            throw doesNotFit(String.valueOf(value));
        }
        return (long) value;
    }

    private long fitting(long value) {
        boolean huge = source.type() == OnnxType.UINT64 && value < 0;
        if (target == OnnxType.UINT64 ? value < 0 && !huge : huge || outside(value)) {
            throw doesNotFit(huge ? Long.toUnsignedString(value) : Long.toString(value));
        }
        return value;
    }

    private boolean outside(long value) {
        long max = switch (target) {
            case BOOL -> 1;
            case UINT8, UINT16, UINT32 -> (1L << target.bits()) - 1;
            default -> Long.MAX_VALUE >> (64 - target.bits());
        };
        boolean signed = switch (target) {
            case INT8, INT16, INT32, INT64 -> true;
            default -> false;
        };
        return value > max || value < (signed ? -max - 1 : 0);
    }

    private OnnxFormatException doesNotFit(String value) {
        return new OnnxFormatException("holds " + value + ", which does not fit the " + target.label()
                + " that the model expects; check the scale of the data");
    }

    private void putInteger(ByteBuffer bytes, long value) {
        switch (target.bits()) {
            case 8 -> bytes.put((byte) value);
            case 16 -> bytes.putShort((short) value);
            case 32 -> bytes.putInt((int) value);
            default -> bytes.putLong(value);
        }
    }
}
