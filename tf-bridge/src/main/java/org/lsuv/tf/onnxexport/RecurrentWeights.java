package org.lsuv.tf.onnxexport;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.TensorRef;

/**
 * Makes the operands of a recurrent operator: W and R, directions × (gates · size) × inputs, and B, directions ×
 * (2 · gates · size). One that is made of one stored weight is stored under its name.
 */
final class RecurrentWeights {
    private final NodeExport node;
    private final RecurrentCell cell;

    RecurrentWeights(NodeExport node, RecurrentCell cell) {
        this.node = node;
        this.cell = cell;
    }

    /** Returns the operand W. */
    String input() {
        return operand(cell.inputs().stream().map(Optional::of).toList());
    }

    /** Returns the operand R. */
    String state() {
        return operand(cell.states().stream().map(Optional::of).toList());
    }

    /** Returns the operand B; empty where nothing is added. */
    Optional<String> biases() {
        List<Optional<WeightPart>> parts = cell.biases();
        boolean none = parts.stream().allMatch(Optional::isEmpty)
                && cell.gates().stream().allMatch(gate -> gate.shift() == 0);
        return none ? Optional.empty() : Optional.of(operand(parts));
    }

    private String operand(List<Optional<WeightPart>> parts) {
        List<TensorRef> weights = parts.stream()
                .flatMap(Optional::stream)
                .map(WeightPart::weight)
                .distinct()
                .toList();
        Optional<String> stored = weights.size() == 1
                ? node.scope().storedAs(weights.get(0), tensor -> stored(tensor, parts))
                : Optional.empty();
        return stored.orElseGet(() -> computed(parts));
    }

    /** Puts the columns of all gates into a row each, the gate's shift where a part is missing. */
    private Optional<OnnxTensor> stored(OnnxTensor tensor, List<Optional<WeightPart>> parts) {
        boolean shifted = parts.stream().anyMatch(Optional::isEmpty)
                && cell.gates().stream().anyMatch(gate -> gate.shift() != 0);
        if (tensor.chunks().size() != 1
                || tensor.type().bits() % Byte.SIZE != 0
                || (shifted && tensor.type() != OnnxType.FLOAT)) {
            return Optional.empty();
        }
        ByteBuffer source = tensor.chunks().get(0);
        int width = tensor.type().bits() / Byte.SIZE;
        long columns = tensor.shape()[tensor.rank() - 1];
        boolean matrix = parts.stream().flatMap(Optional::stream).allMatch(part -> isMatrix(part, tensor));
        long length = !matrix ? 1 : tensor.elementCount() / columnsOf(parts, tensor);
        long rows = parts.size() * cell.size();
        ByteBuffer target =
                ByteBuffer.allocate(Math.toIntExact(rows * length * width)).order(ByteOrder.LITTLE_ENDIAN);
        for (int index = 0; index < parts.size(); index++) {
            Optional<WeightPart> part = parts.get(index);
            byte[] missing = shifted
                    ? ByteBuffer.allocate(width)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putFloat((float) cell.shift(index))
                            .array()
                    : new byte[width];
            for (long i = 0; i < cell.size(); i++) {
                for (long j = 0; j < length; j++) {
                    if (part.isEmpty()) {
                        target.put(missing);
                        continue;
                    }
                    long row = matrix ? j : part.get().row().orElse(0);
                    long column = part.get().from() + i;
                    long place = part.get().transposed() ? column * columns + row : row * columns + column;
                    target.put(source.slice(source.position() + Math.toIntExact(place * width), width));
                }
            }
        }
        long[] shape = matrix ? new long[] {1, rows, length} : new long[] {1, rows};
        return Optional.of(OnnxTensor.of(tensor.name(), tensor.type(), shape, List.of(target.flip())));
    }

    private static boolean isMatrix(WeightPart part, OnnxTensor tensor) {
        return tensor.rank() == 2 && part.row().isEmpty();
    }

    private static long columnsOf(List<Optional<WeightPart>> parts, OnnxTensor tensor) {
        boolean transposed = parts.stream().flatMap(Optional::stream).anyMatch(WeightPart::transposed);
        return tensor.shape()[transposed ? 0 : 1];
    }

    private String computed(List<Optional<WeightPart>> parts) {
        String[] pieces = IntStream.range(0, parts.size())
                .mapToObj(index -> parts.get(index).map(this::computed).orElseGet(() -> shift(index)))
                .toArray(String[]::new);
        String all = pieces.length == 1
                ? pieces[0]
                : node.draft("Concat", pieces).with("axis", 0).add();
        return node.unsqueeze(all, List.of(0L));
    }

    /** Returns the columns of a part, a row each. */
    private String computed(WeightPart part) {
        String weight = node.scope().name(part.weight());
        if (part.row().isPresent()) {
            weight = node.add("Gather", weight, node.index(part.row().get()));
        }
        boolean vector =
                part.row().isPresent() || node.scope().shape(part.weight()).numDimensions() == 1;
        String rows = vector || part.transposed() ? weight : node.transpose(weight, Order.of(1, 0));
        long whole = node.scope().shape(part.weight()).get(part.transposed() ? 0 : -1);
        return part.width() == whole
                ? rows
                : node.add("Slice", rows, node.longs(part.from()), node.longs(part.to()), node.longs(0));
    }

    private String shift(int part) {
        double[] numbers = new double[Math.toIntExact(cell.size())];
        Arrays.fill(numbers, cell.shift(part));
        return node.store(OnnxTensor.ofNumbers("", OnnxType.FLOAT, new long[] {numbers.length}, numbers));
    }
}
