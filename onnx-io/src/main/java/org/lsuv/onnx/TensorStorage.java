package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Stores the tensors of a model that is built: all in its message, or the larger ones at places of a data file, which
 * is written with the model.
 */
final class TensorStorage {
    /** Smaller tensors stay in the message, where engines look for shapes and axes. */
    private static final long SMALL = 1024;

    /** Tensors start at pages of memory, so that engines can map them one by one (the standard recommends it). */
    private static final long PAGE = 4096;

    private final boolean hasDataFile;
    private final Map<ExternalData.Region, OnnxTensor> placed = new LinkedHashMap<>();
    private long end;

    private TensorStorage(boolean hasDataFile) {
        this.hasDataFile = hasDataFile;
    }

    static TensorStorage inMessage() {
        return new TensorStorage(false);
    }

    static TensorStorage withDataFile() {
        return new TensorStorage(true);
    }

    /** Gives a tensor its place and returns its message. */
    TensorProto store(OnnxTensor tensor) {
        if (!hasDataFile || tensor.byteCount() < SMALL) {
            return TensorCodec.encode(tensor);
        }
        long offset = (end + PAGE - 1) / PAGE * PAGE;
        ExternalData.Region region = new ExternalData.Region(ExternalData.UNWRITTEN, offset, tensor.byteCount());
        end = offset + tensor.byteCount();
        placed.put(region, tensor);
        return TensorCodec.encode(tensor, region);
    }

    /** Returns the values that are not in the message. */
    ExternalData data() {
        return new ExternalData(null, placed);
    }
}
