package org.lsuv.onnx.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.UnsupportedModelException;

class DataBatchTest {
    private static final OnnxValue IMAGE = input("input", OnnxType.FLOAT, "N", 3, 4, 5);
    private static final OnnxValue X = input("x", OnnxType.FLOAT, "N", 2);
    private static final OnnxValue Y = input("y", OnnxType.INT64, "N");
    private static final String HAS_X = "the model has one input, \"x\" float32[N, 2]";
    private static final String HAS_BOTH = "the model has the inputs \"x\" float32[N, 2], \"y\" int64[N]";

    @TempDir
    private Path folder;

    @Test
    void singleArrayFeedsTheSingleInput() throws Exception {
        Path file = NpyBytes.write(folder, "a.npy", NpyBytes.floats("(2, 2)", 1, -1, 1, -1));
        DataBatch batch = DataBatch.bind(List.of(X), List.of(new DataArgument("", file)));
        assertThat(batch.size()).isEqualTo(2);
        assertThat(batch.tensors()).containsOnlyKeys("x");
        assertThat(tensor(batch, "x")).hasToString("x: float32[2, 2]");
        assertThat(batch.notes()).isEmpty();
        assertThat(batch.warnings())
                .containsExactly("the batch has 2 rows; the measured standard deviation at layer 10 is off by about 6 %"
                        + " with 8 rows and by 1.6 % with 128: give at least 32");
    }

    @Test
    void archiveFeedsInputsByName() throws Exception {
        Path file = archive("a.npz", "y", "x");
        DataBatch batch = DataBatch.bind(List.of(X, Y), List.of(new DataArgument("", file)));
        assertThat(batch.tensors().keySet()).containsExactly("x", "y");
        assertThat(batch.notes()).containsExactly("input \"y\": converted from float32 to int64");
        assertThat(batch.batched()).containsExactly("x", "y");
    }

    @Test
    void singleEntryFeedsTheSingleInputWhateverItsName() throws Exception {
        DataBatch batch = DataBatch.bind(List.of(X), List.of(new DataArgument("", archive("a.npz", "x_train"))));
        assertThat(batch.notes()).containsExactly("input \"x\": fed from \"x_train\", the only array in a.npz");
    }

    @Test
    void tensorWithItsOwnNameFeedsThatInput() {
        DataSource x = new DataSource("0.pb", "", Map.of("", floats("x", 2, 2)));
        DataSource y = new DataSource("1.pb", "", Map.of("", OnnxTensor.ofLongs("y", new long[] {2}, 1, 2)));
        assertThat(new BatchBinder(List.of(X, Y)).bind(List.of(y, x)).tensors().keySet())
                .containsExactly("x", "y");
    }

    @Test
    void namesThatDoNotFitAreErrorsThatListTheInputs() throws Exception {
        Path array = NpyBytes.write(folder, "a.npy", NpyBytes.floats("(1, 2)", 1, -1));
        Path archive = archive("a.npz", "x", "z");
        assertFails(
                List.of(X, Y),
                "a.npy: holds one array without a name; " + HAS_BOTH + ": say which it is for with --data NAME=FILE",
                new DataArgument("", array));
        assertFails(List.of(X), "a.npy: no input is named \"z\"; " + HAS_X, new DataArgument("z", array));
        assertFails(List.of(X, Y), "a.npz: no input is named \"z\"; " + HAS_BOTH, new DataArgument("", archive));
        assertFails(
                List.of(X),
                "a.npz: holds 2 arrays (x, z) where one was expected for input \"x\"; give --data FILE to feed inputs by"
                        + " their names",
                new DataArgument("x", archive));
        assertFails(
                List.of(X, Y),
                "no data for input \"y\"; " + HAS_BOTH + ": give each with --data NAME=FILE",
                new DataArgument("x", array));
        assertFails(
                List.of(X, Y), "no data for inputs \"x\", \"y\"; " + HAS_BOTH + ": give each with --data NAME=FILE");
        assertFails(
                List.of(X),
                "a.npy: input \"x\" is given twice; the first time by a.npy",
                new DataArgument("x", array),
                new DataArgument("", array));
        assertFails(List.of(), "a.npy: no input is named \"x\"; the model has no inputs", new DataArgument("x", array));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "32,4,5,3 | ; it looks channels-last: transpose it to [32, 3, 4, 5]",
                "3,4,5 | ; it has no batch axis: add one, reshape it to [1, 3, 4, 5]",
                "32,60 | ; reshape it to [32, 3, 4, 5]",
                "32,3,4,6 | ''",
                "32 | ''",
            })
    void shapeThatDoesNotFitIsShownWithTheRemedy(String sizes, String remedy) {
        long[] shape = java.util.stream.Stream.of(sizes.split(","))
                .mapToLong(Long::parseLong)
                .toArray();
        assertThatThrownBy(() -> DataBatch.of(List.of(IMAGE), Map.of("", floats("", shape))))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage("batch: input \"input\": the model expects float32[N, 3, 4, 5], the file holds float32"
                        + OnnxShape.text(shape) + remedy.replace("''", ""));
    }

    @Test
    void channelsFirstDataForAChannelsLastModelIsAnError() {
        OnnxValue input = input("input", OnnxType.FLOAT, "?", 4, 5, 3);
        assertThatThrownBy(() -> DataBatch.of(List.of(input), Map.of("", floats("", 2, 3, 4, 5))))
                .hasMessage(
                        "batch: input \"input\": the model expects float32[?, 4, 5, 3], the file holds float32[2, 3,"
                                + " 4, 5]; it looks channels-first: transpose it to [2, 4, 5, 3]");
    }

    @Test
    void fixedBatchDimensionTakesAnyNumberOfRows() {
        OnnxValue fixed = input("x", OnnxType.FLOAT, 1, 2);
        OnnxValue other = input("y", OnnxType.FLOAT, 1, 3);
        DataBatch batch = DataBatch.of(List.of(fixed, other), Map.of("x", floats("x", 40, 2), "y", floats("y", 40, 3)));
        assertThat(batch.size()).isEqualTo(40);
        assertThat(batch.batched()).containsExactly("x", "y");
        assertThat(batch.warnings()).isEmpty();
    }

    @Test
    void batchedInputsMustHaveAsManyRows() {
        assertThatThrownBy(() -> DataBatch.of(
                        List.of(X, Y),
                        Map.of("x", floats("x", 3, 2), "y", OnnxTensor.ofLongs("y", new long[] {2}, 1, 2))))
                .hasMessage(
                        "batch: input \"y\": holds [2] with 2 rows, and input \"x\" has 3; all inputs of a batch have"
                                + " as many rows");
        assertThatThrownBy(() -> DataBatch.of(List.of(X), Map.of("x", floats("x", 0, 2))))
                .hasMessage("batch: input \"x\": holds no rows");
    }

    @Test
    void inputsWithoutTheBatchAxisArePassedWhole() {
        OnnxValue table = input("table", OnnxType.FLOAT, 7, 2);
        OnnxValue scale = input("scale", OnnxType.FLOAT);
        OnnxValue other = input("other", OnnxType.FLOAT, "M", 2);
        DataBatch batch = DataBatch.of(
                List.of(table, X, scale, other),
                Map.of(
                        "table", floats("", 7, 2),
                        "x", floats("", 40, 2),
                        "scale", floats(""),
                        "other", floats("", 9, 2)));
        assertThat(batch.batched()).containsExactly("x");
        assertThat(batch.size()).isEqualTo(40);
        assertThat(batch.notes())
                .containsExactly(
                        "input \"table\": passed whole, its first axis is not the batch axis",
                        "input \"other\": passed whole, its first axis is not the batch axis");
        DataBatch part = batch.rows(10, 15);
        assertThat(part.size()).isEqualTo(5);
        assertThat(tensor(part, "x").toFloats())
                .containsExactly(java.util.Arrays.copyOfRange(tensor(batch, "x").toFloats(), 20, 30));
        assertThat(tensor(part, "table").shape()).containsExactly(7, 2);
    }

    @Test
    void batchDimensionAtAnotherAxisKeepsTheBatchInOnePiece() {
        OnnxValue state = input("h", OnnxType.FLOAT, 1, "N", 4);
        DataBatch batch = DataBatch.of(List.of(X, state), Map.of("x", floats("x", 40, 2), "h", floats("h", 1, 40, 4)));
        assertThat(batch.isDivisible()).isFalse();
        assertThat(batch.rows(0, 40)).isSameAs(batch);
        assertThatThrownBy(() -> batch.rows(0, 20))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessage("the batch cannot be taken apart: the batch dimension is not the first of every input that"
                        + " has it; run the batch as one");
        assertThatThrownBy(() ->
                        DataBatch.of(List.of(X, state), Map.of("x", floats("x", 40, 2), "h", floats("h", 1, 39, 4))))
                .hasMessage("batch: input \"h\": holds [1, 39, 4] with 39 rows, and input \"x\" has 40; all inputs of a"
                        + " batch have as many rows");
    }

    @Test
    void inputWithoutAShapeTakesAnyData() {
        OnnxValue open = new OnnxValue("x", OnnxType.FLOAT, Optional.empty(), OnnxValue.Kind.TENSOR);
        assertThat(DataBatch.of(List.of(open), Map.of("", floats("", 40, 2, 2))).size())
                .isEqualTo(40);
        assertThat(DataBatch.of(List.of(open), Map.of("", floats(""))).size()).isEqualTo(1);
    }

    @Test
    void inputThatIsNoTensorIsUnsupported() {
        OnnxValue sequence = new OnnxValue("s", OnnxType.UNDEFINED, Optional.empty(), OnnxValue.Kind.SEQUENCE);
        assertThatThrownBy(() -> DataBatch.of(List.of(sequence), Map.of()))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessage("input \"s: sequence\": only plain tensors can be fed from files");
    }

    @Test
    void valueThatDoesNotFitNamesFileAndInput() throws Exception {
        Path file = NpyBytes.write(folder, "a.npy", NpyBytes.floats("(1,)", 0.5f));
        assertFails(
                List.of(Y),
                "a.npy: input \"y\": holds 0.5, which is not an integer, and the model expects int64; round or cast the"
                        + " data first",
                new DataArgument("", file));
    }

    @Test
    void unnormalisedImagesAreWarnedOf() {
        byte[] pixels = new byte[40 * 60];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) (i % 2 == 0 ? 100 : 120);
        }
        OnnxTensor images =
                OnnxTensor.of("", OnnxType.UINT8, new long[] {40, 3, 4, 5}, List.of(java.nio.ByteBuffer.wrap(pixels)));
        DataBatch batch = DataBatch.of(List.of(IMAGE), Map.of("", images));
        assertThat(batch.notes()).containsExactly("input \"input\": converted from uint8 to float32");
        assertThat(batch.warnings())
                .containsExactly(
                        "input \"input\": mean 110.0 and variance 100.0 are far from 0 and 1; normalise the data"
                                + " to (x − mean)/std, in training too (the LSUV authors' benchmark: accuracy 0.425 with"
                                + " unit-variance input, 0.379 without)");
    }

    @Test
    void badValuesAreWarnedOf() {
        float[] values = new float[80];
        assertThat(warnings(values))
                .containsExactly(
                        "input \"x\": all values are 0.000; a constant batch says nothing about the scale of the"
                                + " layers: give real data");
        values[3] = Float.NaN;
        values[70] = Float.POSITIVE_INFINITY;
        assertThat(warnings(values))
                .containsExactly("input \"x\": 2 of 80 values are NaN or infinite; remove these rows");
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 0", "0.49, 1, 0", "0.51, 1, 1", "0, 0.51, 0", "0, 0.49, 1", "0, 1.99, 0", "0, 2.01, 1"})
    void scaleIsWarnedOfBeyondHalfADeviationOrAFactorOfTwo(float mean, float deviation, int warnings) {
        float[] values = new float[80];
        for (int i = 0; i < values.length; i++) {
            values[i] = mean + (i % 2 == 0 ? deviation : -deviation);
        }
        assertThat(warnings(values)).hasSize(warnings);
    }

    @Test
    void channelsLastImagesForAnOpenModelAreWarnedOf() {
        OnnxValue open = input("input", OnnxType.FLOAT, "N", "C", "H", "W");
        assertThat(DataBatch.of(List.of(open), Map.of("", floats("", 40, 8, 8, 3)))
                        .warnings())
                .containsExactly(
                        "input \"input\": [40, 8, 8, 3] looks channels-last, and ONNX images are [batch, channels,"
                                + " height, width]; transpose the data if the last axis is the channels");
        assertThat(DataBatch.of(List.of(open), Map.of("", floats("", 40, 3, 8, 8)))
                        .warnings())
                .isEmpty();
    }

    private static List<String> warnings(float... values) {
        OnnxTensor tensor = OnnxTensor.ofFloats("x", new long[] {40, 2}, values);
        return DataBatch.of(List.of(X), Map.of("x", tensor)).warnings();
    }

    private Path archive(String name, String... entries) throws Exception {
        String[] names = new String[entries.length];
        byte[][] arrays = new byte[entries.length][];
        for (int i = 0; i < entries.length; i++) {
            names[i] = entries[i] + ".npy";
            arrays[i] = entries[i].equals("y") ? NpyBytes.floats("(1,)", 5) : NpyBytes.floats("(1, 2)", 1, -1);
        }
        return NpyBytes.write(folder, name, NpzFileTest.zip(ZipEntry.DEFLATED, names, arrays));
    }

    private static void assertFails(List<OnnxValue> inputs, String message, DataArgument... arguments) {
        assertThatThrownBy(() -> DataBatch.bind(inputs, List.of(arguments)))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage(message);
    }

    private static OnnxTensor tensor(DataBatch batch, String name) {
        return Objects.requireNonNull(batch.tensors().get(name));
    }

    /** Returns standard normal values. */
    private static OnnxTensor floats(String name, long... shape) {
        int count = 1;
        for (long dim : shape) {
            count *= (int) dim;
        }
        Random random = new Random(3);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return OnnxTensor.ofFloats(name, shape, values);
    }

    private static OnnxValue input(String name, OnnxType type, Object... dims) {
        List<OnnxShape.Dim> shape = java.util.stream.Stream.of(dims)
                .map(dim -> dim instanceof Integer size
                        ? OnnxShape.Dim.of(size)
                        : new OnnxShape.Dim(-1, dim.equals("?") ? "" : (String) dim))
                .toList();
        return new OnnxValue(name, type, Optional.of(new OnnxShape(shape)), OnnxValue.Kind.TENSOR);
    }
}
