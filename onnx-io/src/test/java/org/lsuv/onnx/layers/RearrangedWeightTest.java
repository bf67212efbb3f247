package org.lsuv.onnx.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lsuv.onnx.TestModel.attribute;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.TestModel;

/** Traces random chains, well-formed and not, and asks ONNX Runtime what they make of the stored values. */
class RearrangedWeightTest {
    private static final List<List<Long>> SHAPES =
            List.of(List.of(2L, 3L), List.of(4L, 1L, 3L), List.of(2L, 2L, 1L, 3L), List.of(6L), List.of(1L, 1L));

    @Test
    void pathsOfRandomChainsGiveTheOperandThatTheRuntimeComputes() throws OrtException {
        int traced = 0;
        int refused = 0;
        for (int seed = 0; seed < 600; seed++) {
            TestModel model = chain(new Random(seed));
            Optional<Result> expected = inRuntime(model.bytes());
            OnnxGraph graph = model.read().graph();
            Optional<WeightPath> path;
            try {
                path = new WeightTracer(graph).trace("operand");
            } catch (OnnxFormatException refusal) {
                assertThat(expected)
                        .as("seed %d: %s", seed, refusal.getMessage())
                        .isEmpty();
                refused++;
                continue;
            }
            assertThat(path).as("seed %d", seed).isPresent();
            assertThat(expected)
                    .as("seed %d: %s, traced as %s", seed, graph.nodes(), path)
                    .isPresent();
            assertThat(path.get().operandShape()).isEqualTo(expected.get().shape());
            assertThat(apply(path.get()))
                    .as("seed %d", seed)
                    .isEqualTo(expected.get().values());
            traced++;
        }
        // Neither kind may be rare, or the test says little.
        assertThat(traced).isGreaterThan(150);
        assertThat(refused).isGreaterThan(150);
    }

    private record Result(List<Long> shape, List<Integer> values) {}

    private static TestModel chain(Random random) {
        List<Long> shape = SHAPES.get(random.nextInt(SHAPES.size()));
        int count = shape.stream().mapToInt(Long::intValue).reduce(1, (a, b) -> a * b);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = i;
        }
        TestModel model = TestModel.opset(17)
                .floats("w", shape.stream().mapToLong(Long::longValue).toArray(), values);
        int length = 1 + random.nextInt(3);
        for (int i = 0; i < length; i++) {
            String from = i == 0 ? "w" : "v" + i;
            String to = i == length - 1 ? "operand" : "v" + (i + 1);
            step(model, random, from, to);
        }
        return model.output("operand", OnnxType.FLOAT);
    }

    private static void step(TestModel model, Random random, String from, String to) {
        String axes = to + "_axes";
        switch (random.nextInt(7)) {
            case 0 -> model.node("Identity", List.of(from), List.of(to));
            case 1 -> {
                List<Integer> perm = new ArrayList<>(
                        IntStream.range(0, 1 + random.nextInt(4)).boxed().toList());
                Collections.shuffle(perm, random);
                if (random.nextInt(6) == 0) {
                    perm.set(0, random.nextInt(5) - 2);
                }
                model.node("Transpose", List.of(from), List.of(to), attribute("perm", longs(perm)));
            }
            case 2 -> model.node("Transpose", List.of(from), List.of(to));
            case 3 -> {
                List<List<Integer>> targets = List.of(
                        List.of(0, -1),
                        List.of(-1),
                        List.of(3, -1),
                        List.of(2, -1, 1),
                        List.of(-1, -1),
                        List.of(-2, -3),
                        List.of(0, 0, 0, 0, 0),
                        List.of(5, -1),
                        List.of(6),
                        List.of());
                model.longs(axes, longs(targets.get(random.nextInt(targets.size()))))
                        .node("Reshape", List.of(from, axes), List.of(to));
            }
            case 4 -> model.node("Flatten", List.of(from), List.of(to), attribute("axis", random.nextLong(-4, 5)));
            case 5 -> model.longs(axes, random.nextLong(-5, 5)).node("Squeeze", List.of(from, axes), List.of(to));
            default ->
                model.longs(
                                axes,
                                random.ints(1 + random.nextInt(2), -6, 6)
                                        .asLongStream()
                                        .toArray())
                        .node("Unsqueeze", List.of(from, axes), List.of(to));
        }
    }

    private static long[] longs(List<Integer> values) {
        return values.stream().mapToLong(Integer::longValue).toArray();
    }

    /** Returns what ONNX Runtime computes; nothing where it refuses the model. */
    private static Optional<Result> inRuntime(byte[] model) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
            options.setSessionLogLevel(ai.onnxruntime.OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            try (OrtSession session = environment.createSession(model, options);
                    OrtSession.Result result = session.run(Map.of())) {
                OnnxTensor tensor = (OnnxTensor) result.get(0);
                float[] values = new float[(int) tensor.getInfo().getNumElements()];
                tensor.getFloatBuffer().get(values);
                return Optional.of(new Result(
                        Arrays.stream(tensor.getInfo().getShape()).boxed().toList(),
                        IntStream.range(0, values.length)
                                .mapToObj(i -> (int) values[i])
                                .toList()));
            }
        } catch (OrtException refusal) {
            return Optional.empty();
        }
    }

    /** Applies the steps of a path to the numbers 0, 1, 2 …. */
    private static List<Integer> apply(WeightPath path) {
        List<Integer> values =
                IntStream.range(0, (int) path.elementCount()).boxed().toList();
        List<Long> shape = path.storedShape();
        for (WeightPath.Step step : path.steps()) {
            if (step instanceof WeightPath.View view) {
                assertThat(view.from()).isEqualTo(shape);
                shape = view.to();
            } else if (step instanceof WeightPath.Permute permute) {
                values = permuted(values, shape, permute.axes());
                shape = permute.axes().stream().map(shape::get).toList();
            }
        }
        assertThat(shape).isEqualTo(path.operandShape());
        return values;
    }

    private static List<Integer> permuted(List<Integer> values, List<Long> shape, List<Integer> axes) {
        List<Integer> result = new ArrayList<>();
        int[] index = new int[axes.size()];
        for (int n = 0; n < values.size(); n++) {
            int rest = n;
            for (int i = axes.size() - 1; i >= 0; i--) {
                int size = shape.get(axes.get(i)).intValue();
                index[axes.get(i)] = rest % size;
                rest /= size;
            }
            int position = 0;
            for (int axis = 0; axis < index.length; axis++) {
                position = position * shape.get(axis).intValue() + index[axis];
            }
            result.add(values.get(position));
        }
        return result;
    }
}
