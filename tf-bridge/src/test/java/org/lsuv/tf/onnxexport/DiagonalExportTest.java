package org.lsuv.tf.onnxexport;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lsuv.tf.onnxexport.ExportCase.draw;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.UnsupportedModelException;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Diagonals of matrices, one at a time. */
class DiagonalExportTest {
    @Test
    void mainDiagonalsAgree() {
        try (ExportCase net = new ExportCase().opset(13)) {
            Ops tf = net.tf();
            Operand<TFloat32> matrices = net.input("matrices", -1, 3, -1);
            Operand<TFloat32> diagonals = net.input("diagonals", -1, 3);
            net.output("matrix", net.operation("MatrixDiag", diagonals).build().output(0));
            net.output("part", tf.linalg.matrixDiagPart(matrices, tf.constant(0), tf.constant(0f)));
            net.output(
                    "part1", net.operation("MatrixDiagPart", matrices).build().output(0));
            net.output(
                    "set",
                    net.operation("MatrixSetDiag", matrices, diagonals).build().output(0));
            net.agrees(draw("matrices", 2, 3, 5), draw("diagonals", 2, 3));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-2, -1, 0, 1, 2})
    void otherDiagonalsAgree(int number) {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> matrices = net.input("matrices", -1, 4, 3);
            Operand<TFloat32> diagonals = net.input("diagonals", -1, -1);
            net.output("part", tf.linalg.matrixDiagPart(matrices, tf.constant(number), tf.constant(0f)));
            net.output("set", tf.linalg.matrixSetDiag(matrices, diagonals, tf.constant(number)));
            net.output(
                    "matrix",
                    tf.linalg.matrixDiag(
                            diagonals, tf.constant(number), tf.constant(-1), tf.constant(-1), tf.constant(7f)));
            int length = Math.min(4 + Math.min(number, 0), 3 - Math.max(number, 0));
            net.agrees(draw("matrices", 2, 4, 3), draw("diagonals", 2, length));
        }
    }

    @ParameterizedTest
    @CsvSource({"1,3,5", "-2,-1,3", "0,3,-1", "2,-1,6", "-1,4,5"})
    void sizesOfTheMatrixAreKept(int number, int rows, int columns) {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> diagonals = net.input("diagonals", -1, 3);
            net.output(
                    "matrix",
                    net.operation(
                                    "MatrixDiagV2",
                                    diagonals,
                                    tf.constant(number),
                                    tf.constant(rows),
                                    tf.constant(columns),
                                    tf.constant(0.5f))
                            .build()
                            .output(0));
            net.agrees(draw("diagonals", 2, 3));
        }
    }

    @Test
    void bandsAreUnsupported() {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            net.output(
                    "y",
                    tf.linalg.matrixDiagPart(net.input("x", 4, 4), tf.constant(new int[] {-1, 1}), tf.constant(0f)));
            assertThatThrownBy(net::export)
                    .isInstanceOf(UnsupportedModelException.class)
                    .hasMessageContaining("several diagonals, from -1 to 1, are not supported");
        }
    }
}
