package org.lsuv.onnx.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsuv.onnx.GraphBuilder;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.OnnxWriter;
import org.lsuv.onnx.Overwrite;

/** A model that was built and is larger than a message may be: here one may hold 8 KB, and there are 10. */
class BuiltModelTest {
    private static final long LIMIT = 8192;
    private static final OnnxTensor FIRST = weight("first", 1, 20, 60);
    private static final OnnxTensor SECOND = weight("second", 2, 60, 20);
    private static final OnnxTensor X = weight("x", 3, 4, 20);

    @TempDir
    Path folder;

    private static OnnxTensor weight(String name, int step, long... shape) {
        float[] values = new float[(int) (shape[0] * shape[1])];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i * 7 % 31 - 15) * step / 16f;
        }
        return OnnxTensor.ofFloats(name, shape, values);
    }

    private static OnnxModel build(long limit) {
        GraphBuilder graph = GraphBuilder.named("two");
        graph.input(new OnnxValue("x", OnnxType.FLOAT, Optional.of(OnnxShape.of(-1, 20)), OnnxValue.Kind.TENSOR));
        graph.initializer(FIRST);
        graph.initializer(SECOND);
        graph.initializer(weight("unused", 1, 100, 100));
        graph.initializer(OnnxTensor.ofLongs("flat", new long[] {1}, -1));
        graph.node("MatMul", "x", "first").addAs(List.of("a"));
        graph.node("MatMul", "a", "second").addAs(List.of("b"));
        graph.node("Reshape", "b", "flat").addAs(List.of("y"));
        graph.output(new OnnxValue("y", OnnxType.FLOAT, Optional.of(OnnxShape.of(-1)), OnnxValue.Kind.TENSOR));
        return graph.model(17, "test", limit);
    }

    private static float[] run(OnnxModel model) {
        try (OrtProbe probe = OrtProbe.open(model, new OrtOptions(1))) {
            return Objects.requireNonNull(
                            probe.fetch(Map.of("x", X), List.of("y")).get("y"))
                    .toFloats();
        }
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void runsFromMemoryAndFromItsFilesAsItWouldInOneMessage() throws IOException {
        Path inner = Files.createDirectory(folder.resolve("inner"));
        Path file = inner.resolve("two.onnx");
        float[] expected = run(build(Long.MAX_VALUE));
        OnnxModel model = build(LIMIT);
        assertThat(run(model)).isEqualTo(expected);

        OnnxWriter.write(model, file, Overwrite.REFUSE);

        assertThat(files(inner)).containsExactly("two.onnx", "two.onnx.data");
        assertThat(inner.resolve("two.onnx.data")).hasSize(8192 + 4800);
        assertThat(Files.size(file)).isLessThan(1000);
        assertThat(run(OnnxReader.read(file))).isEqualTo(expected);
        Path moved = Files.move(inner, folder.resolve("moved"));
        assertThat(run(OnnxReader.read(moved.resolve("two.onnx")))).isEqualTo(expected);
    }

    @Test
    void staysOneFileWhereAMessageHoldsIt() throws IOException {
        OnnxWriter.write(build(9600 + 8), folder.resolve("two.onnx"), Overwrite.REFUSE);
        assertThat(files(folder)).containsExactly("two.onnx");
    }

    @Test
    void takesNewWeightsBeforeItIsWritten() throws IOException {
        Path file = folder.resolve("two.onnx");
        float[] zeros = new float[1200];
        OnnxModel changed =
                build(LIMIT).withWeights(Map.of("first", OnnxTensor.ofFloats("first", new long[] {20, 60}, zeros)));
        assertThat(run(changed)).containsOnly(0);

        OnnxWriter.write(changed, file, Overwrite.REFUSE);

        OnnxModel read = OnnxReader.read(file);
        assertThat(read.graph().initializer("first").orElseThrow().toFloats()).isEqualTo(zeros);
        assertThat(read.graph().initializer("second").orElseThrow().toFloats()).isEqualTo(SECOND.toFloats());
    }

    @Test
    void replacesNeitherFileUnlessAsked() throws IOException {
        Path file = folder.resolve("two.onnx");
        Path data = Files.write(folder.resolve("two.onnx.data"), new byte[] {1});
        assertThatThrownBy(() -> OnnxWriter.write(build(LIMIT), file, Overwrite.REFUSE))
                .isInstanceOf(FileAlreadyExistsException.class)
                .hasMessageStartingWith(data.toString());
        assertThat(files(folder)).containsExactly("two.onnx.data");
        assertThat(data).hasSize(1);

        OnnxWriter.write(build(LIMIT), file, Overwrite.REPLACE);
        assertThat(Arrays.equals(run(OnnxReader.read(file)), run(build(LIMIT)))).isTrue();
    }
}
