package org.lsuv.tf.bundle;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.tensorflow.proto.TensorSliceProto;

/**
 * Describes a block of a tensor: where it starts and how long it is along each axis.
 *
 * @param start the first position along each axis
 * @param size the number of positions along each axis
 */
record TensorPart(List<Long> start, List<Long> size) {
    private static final Pattern SPACE = Pattern.compile(" ");
    private static final Pattern COLON = Pattern.compile(":");

    TensorPart {
        start = List.copyOf(start);
        size = List.copyOf(size);
    }

    static TensorPart whole(long[] shape) {
        List<Long> sizes = new ArrayList<>();
        List<Long> starts = new ArrayList<>();
        for (long dim : shape) {
            sizes.add(dim);
            starts.add(0L);
        }
        return new TensorPart(starts, sizes);
    }

    /**
     * Returns the block that a {@code TensorSliceProto} describes.
     *
     * @throws OnnxFormatException if it does not lie in a tensor of this shape
     */
    static TensorPart of(TensorSliceProto slice, long[] shape) {
        List<Long> starts = new ArrayList<>();
        List<Long> sizes = new ArrayList<>();
        for (int i = 0; i < slice.getExtentCount(); i++) {
            TensorSliceProto.Extent extent = slice.getExtent(i);
            starts.add(extent.getStart());
            sizes.add(extent.hasLength() || i >= shape.length ? extent.getLength() : shape[i]);
        }
        return new TensorPart(starts, sizes).checked(shape);
    }

    /**
     * Returns the block that {@code RestoreV2} calls {@code "10 4 0,5:-"}: the whole shape, then start and size
     * along each axis or {@code -} for all of it. An empty text is the whole tensor.
     *
     * @throws OnnxFormatException if the text has another form, or does not fit the shape
     */
    static TensorPart parse(String text, long[] shape) {
        if (text.isEmpty()) {
            return whole(shape);
        }
        String[] words = SPACE.split(text, -1);
        String[] axes = COLON.split(words[words.length - 1], -1);
        List<Long> starts = new ArrayList<>();
        List<Long> sizes = new ArrayList<>();
        try {
            for (int i = 0; i < axes.length; i++) {
                int comma = axes[i].indexOf(',');
                boolean all = axes[i].equals("-");
                starts.add(all ? 0L : Long.parseLong(axes[i].substring(0, Math.max(comma, 0))));
                sizes.add(all ? shape[i] : Long.parseLong(axes[i].substring(comma + 1)));
            }
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException malformed) {
            throw new OnnxFormatException("\"" + text + "\" describes no part of a tensor", malformed);
        }
        return new TensorPart(starts, sizes).checked(shape);
    }

    private TensorPart checked(long[] shape) {
        boolean fits = start.size() == shape.length;
        for (int i = 0; fits && i < shape.length; i++) {
            fits = start.get(i) >= 0 && size.get(i) >= 0 && start.get(i) <= shape[i] - size.get(i);
        }
        if (!fits) {
            throw new OnnxFormatException(this + " lies outside of a tensor of shape " + Arrays.toString(shape));
        }
        return this;
    }

    /** Returns the shape of the block. */
    long[] shape() {
        return size.stream().mapToLong(Long::longValue).toArray();
    }

    /** Returns the block in the form that keys of checkpoints are made from. */
    TensorSliceProto toProto(long[] shape) {
        TensorSliceProto.Builder slice = TensorSliceProto.newBuilder();
        for (int i = 0; i < shape.length; i++) {
            TensorSliceProto.Extent.Builder extent = slice.addExtentBuilder();
            if (start.get(i) != 0 || size.get(i) != shape[i]) {
                extent.setStart(start.get(i)).setLength(size.get(i));
            }
        }
        return slice.build();
    }

    /** Returns this block of a tensor. */
    OnnxTensor of(OnnxTensor tensor) {
        ByteBuffer block =
                ByteBuffer.allocate(Math.toIntExact(OnnxTensor.byteCount(tensor.name(), tensor.type(), shape())));
        copy(onlyChunk(tensor), tensor.shape(), block, tensor.type().bits() / 8, true);
        return OnnxTensor.of(tensor.name(), tensor.type(), shape(), List.of(block));
    }

    /** Copies the values of a block to where they belong. */
    void into(ByteBuffer whole, long[] shape, OnnxTensor block) {
        copy(whole, shape, onlyChunk(block), block.type().bits() / 8, false);
    }

    static ByteBuffer onlyChunk(OnnxTensor tensor) {
        List<ByteBuffer> chunks = tensor.chunks();
        if (chunks.size() > 1) {
            throw new UnsupportedModelException(
                    "tensor " + tensor + ": a partitioned tensor of more than 1 GB is not supported");
        }
        return chunks.isEmpty() ? ByteBuffer.allocate(0) : chunks.get(0);
    }

    /** Copies row by row; a row lies along the last axis. */
    private void copy(ByteBuffer whole, long[] shape, ByteBuffer block, int bytes, boolean out) {
        int last = shape.length - 1;
        int row = Math.toIntExact((last < 0 ? 1 : size.get(last)) * bytes);
        int rows = row == 0 ? 0 : block.capacity() / row;
        for (int r = 0; r < rows; r++) {
            long rest = r;
            long position = 0;
            long stride = 1;
            for (int axis = last; axis >= 0; axis--) {
                long index = axis == last ? 0 : rest % size.get(axis);
                rest = axis == last ? rest : rest / size.get(axis);
                position += (start.get(axis) + index) * stride;
                stride *= shape[axis];
            }
            int at = Math.toIntExact(position * bytes);
            if (out) {
                block.put(r * row, whole, at, row);
            } else {
                whole.put(at, block, r * row, row);
            }
        }
    }
}
