package org.lsuv.tf.onnxexport.ops;

import java.util.List;
import org.lsuv.onnx.NodeDraft;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/** Converts operations on one diagonal of matrices: diagonal k holds the elements of row i and column i + k. */
final class DiagonalOps {
    private DiagonalOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("MatrixDiag", node -> diagonalMatrix(node, 0));
        ops.add("MatrixDiagV2", node -> diagonalMatrix(node, number(node)));
        ops.add("MatrixDiagV3", node -> diagonalMatrix(node, number(node)));
        ops.add("MatrixDiagPart", node -> part(node, 0));
        ops.add("MatrixDiagPartV2", node -> part(node, number(node)));
        ops.add("MatrixDiagPartV3", node -> part(node, number(node)));
        ops.add("MatrixSetDiag", node -> set(node, 0));
        ops.add("MatrixSetDiagV2", node -> set(node, node.integers(2)));
        ops.add("MatrixSetDiagV3", node -> set(node, node.integers(2)));
    }

    private static long number(NodeExport node) {
        return number(node, node.integers(1));
    }

    private static long number(NodeExport node, long[] numbers) {
        if (numbers.length > 1 && numbers[0] != numbers[1]) {
            throw node.unsupported("several diagonals, from " + numbers[0] + " to " + numbers[1]
                    + ", are not supported: expected one");
        }
        return numbers[0];
    }

    private static void set(NodeExport node, long[] numbers) {
        set(node, number(node, numbers));
    }

    private static void diagonalMatrix(NodeExport node, long number) {
        boolean plain = node.op().equals("MatrixDiag");
        long rows = plain ? -1 : node.integers(2)[0];
        long columns = plain ? -1 : node.integers(3)[0];
        String length = size(node, node.add("Shape", node.in(0)), -1);
        // Without any size the matrix is square.
        boolean square = rows < 0 && columns < 0;
        long below = square ? Math.abs(number) : Math.max(0, -number);
        long beside = square ? Math.abs(number) : Math.max(0, number);
        Diagonal diagonal = new Diagonal(
                number,
                rows < 0 ? node.add("Add", length, node.index(below)) : node.index(rows),
                columns < 0 ? node.add("Add", length, node.index(beside)) : node.index(columns));
        String others = plain ? node.scalar(0, 0) : node.in(4);
        node.give(node.draft("Where", diagonal.mask(node), diagonal.spread(node, node.in(0), length), others));
    }

    private static void set(NodeExport node, long number) {
        String shape = node.add("Shape", node.in(0));
        String length = size(node, node.add("Shape", node.in(1)), -1);
        Diagonal diagonal = new Diagonal(number, size(node, shape, -2), size(node, shape, -1));
        node.give(node.draft("Where", diagonal.mask(node), diagonal.spread(node, node.in(1), length), node.in(0)));
    }

    private static void part(NodeExport node, long number) {
        String shape = node.add("Shape", node.in(0));
        String rows = size(node, shape, -2);
        String columns = size(node, shape, -1);
        long above = Math.max(0, -number);
        long before = Math.max(0, number);
        String length =
                node.add("Min", node.add("Sub", rows, node.index(above)), node.add("Sub", columns, node.index(before)));
        String places = node.add("Range", node.index(0), length, node.index(1));
        String firsts = node.add("Mul", node.add("Add", places, node.index(above)), columns);
        String elements = node.add("Add", firsts, node.add("Add", places, node.index(before)));
        String around = node.add("Slice", shape, node.longs(0), node.longs(-2));
        String flat =
                node.draft("Concat", around, node.longs(-1)).with("axis", 0).add();
        node.give(node.draft("Gather", node.add("Reshape", node.in(0), flat), elements)
                .with("axis", -1));
    }

    private static String size(NodeExport node, String shape, long axis) {
        return node.add("Gather", shape, node.index(axis));
    }

    /**
     * Describes a diagonal of a matrix.
     *
     * @param number its number
     * @param rows the value that holds the number of rows of the matrix
     * @param columns that of its columns
     */
    private record Diagonal(long number, String rows, String columns) {

        /** Adds what tells of each element of the matrix whether it lies on the diagonal. */
        String mask(NodeExport node) {
            String row = node.add("Range", node.index(0), rows, node.index(1));
            String column = node.add("Range", node.index(0), columns, node.index(1));
            String shifted = node.add("Add", row, node.index(number));
            return node.add("Equal", node.unsqueeze(shifted, List.of(1L)), column);
        }

        /** Adds a matrix that has the elements of the diagonal in their places, and any others elsewhere. */
        String spread(NodeExport node, String elements, String length) {
            boolean byRow = number >= 0;
            String all = node.add("Range", node.index(0), byRow ? rows : columns, node.index(1));
            String places = node.add("Min", all, node.add("Sub", length, node.index(1)));
            NodeDraft repeated = node.draft("Gather", elements, places).with("axis", -1);
            return node.unsqueeze(repeated.add(), List.of(byRow ? -1L : -2L));
        }
    }
}
