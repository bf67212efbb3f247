package org.lsuv.tf.onnximport;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

/**
 * A recurrent node in one form, with random weights and inputs: {@code LSTM bidirectional B lens h c P
 * clip=0.5 activations=Tanh,Relu,Elu}. Words name the optional inputs that are there, {@code key=value} the
 * attributes, and {@code float64} and {@code float16} another element type.
 */
record RecurrentForm(List<String> words) {
    static final int STEPS = 5;
    static final int BATCH = 3;
    static final int INPUT = 16;
    static final int HIDDEN = 17;
    private static final int[] LENGTHS = {5, 0, 3};

    static RecurrentForm of(String text) {
        return new RecurrentForm(List.of(text.split(" ", -1)));
    }

    String op() {
        return words.get(0);
    }

    int directions() {
        return words.contains("bidirectional") ? 2 : 1;
    }

    long gates() {
        return switch (op()) {
            case "RNN" -> 1;
            case "GRU" -> 3;
            default -> 4;
        };
    }

    OnnxType type() {
        return words.contains("float64")
                ? OnnxType.DOUBLE
                : words.contains("float16") ? OnnxType.FLOAT16 : OnnxType.FLOAT;
    }

    List<String> outputs() {
        return op().equals("LSTM") ? List.of("Y", "Y_h", "Y_c") : List.of("Y", "Y_h");
    }

    /** Returns the model with the batch as the second axis of everything, which ONNX Runtime runs. */
    OnnxModel model() {
        TestModels builder = start();
        node(builder, inputs("x", "h", "c"), "Y,Y_h,Y_c");
        return builder.build(outputs().toArray(String[]::new));
    }

    /** Returns a model of the same function whose node has the batch as the first axis. */
    OnnxModel batchFirstModel() {
        TestModels builder = start();
        long[] swap = {1, 0, 2};
        builder.node("Transpose", "x", "xt", "perm", swap);
        if (words.contains("h")) {
            builder.node("Transpose", "h", "ht", "perm", swap);
        }
        if (words.contains("c")) {
            builder.node("Transpose", "c", "ct", "perm", swap);
        }
        node(builder, inputs("xt", "ht", "ct"), "Yt,Y_ht,Y_ct", "layout", 1);
        builder.node("Transpose", "Yt", "Y", "perm", new long[] {1, 2, 0, 3});
        outputs().stream().skip(1).forEach(output -> builder.node("Transpose", output + "t", output, "perm", swap));
        return builder.build(outputs().toArray(String[]::new));
    }

    private TestModels start() {
        TestModels builder = TestModels.opset(14).input("x", type(), -1, -1, INPUT);
        if (words.contains("lens")) {
            builder.input("lens", OnnxType.INT32, -1);
        }
        List.of("h", "c").stream()
                .filter(words::contains)
                .forEach(state -> builder.input(state, type(), directions(), -1, HIDDEN));
        builder.initializer(random("W", 0.4, directions(), gates() * HIDDEN, INPUT));
        builder.initializer(random("R", 0.4, directions(), gates() * HIDDEN, HIDDEN));
        builder.initializer(random("B", 0.5, directions(), 2 * gates() * HIDDEN));
        builder.initializer(random("P", 0.5, directions(), 3 * HIDDEN));
        return builder;
    }

    private String inputs(String x, String h, String c) {
        List<String> names = new ArrayList<>(List.of(x, "W", "R", present("B", "B"), present("lens", "lens")));
        names.add(present("h", h));
        if (op().equals("LSTM")) {
            names.add(present("c", c));
            names.add(present("P", "P"));
        }
        return String.join(",", names);
    }

    private String present(String word, String name) {
        return words.contains(word) ? name : "";
    }

    private void node(TestModels builder, String inputs, String outputs, Object... more) {
        List<Object> attributes = new ArrayList<>(Arrays.asList(more));
        attributes.addAll(List.of("direction", words.get(1)));
        if (words.stream().noneMatch(word -> word.startsWith("hidden_size"))) {
            attributes.addAll(List.of("hidden_size", HIDDEN));
        }
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals > 0) {
                String key = word.substring(0, equals);
                attributes.addAll(List.of(key, value(key, word.substring(equals + 1))));
            }
        }
        String wanted = op().equals("LSTM") ? outputs : outputs.substring(0, outputs.lastIndexOf(','));
        builder.node(op(), inputs, wanted, attributes.toArray());
    }

    private static Object value(String key, String text) {
        return switch (key) {
            case "activations" -> List.of(text.split(",", -1));
            case "activation_alpha", "activation_beta" -> {
                String[] numbers = text.split(",", -1);
                float[] values = new float[numbers.length];
                for (int i = 0; i < values.length; i++) {
                    values[i] = Float.parseFloat(numbers[i]);
                }
                yield values;
            }
            case "clip" -> Float.parseFloat(text);
            default -> Integer.parseInt(text);
        };
    }

    /** Returns values for the inputs of the models. */
    Map<String, OnnxTensor> feeds() {
        Map<String, OnnxTensor> feeds = new LinkedHashMap<>();
        feeds.put("x", random("x", 1, STEPS, BATCH, INPUT));
        if (words.contains("lens")) {
            ByteBuffer lengths = ByteBuffer.allocate(4 * BATCH).order(ByteOrder.LITTLE_ENDIAN);
            Arrays.stream(LENGTHS).forEach(lengths::putInt);
            feeds.put("lens", OnnxTensor.of("lens", OnnxType.INT32, new long[] {BATCH}, List.of(lengths.flip())));
        }
        List.of("h", "c").stream()
                .filter(words::contains)
                .forEach(state -> feeds.put(state, random(state, 1, directions(), BATCH, HIDDEN)));
        return feeds;
    }

    private OnnxTensor random(String name, double scale, long... shape) {
        Random random = new Random(name.hashCode());
        int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        return OnnxTensor.ofDoubles(
                name,
                type(),
                shape,
                random.doubles(count)
                        .map(ignored -> scale * random.nextGaussian())
                        .toArray());
    }
}
