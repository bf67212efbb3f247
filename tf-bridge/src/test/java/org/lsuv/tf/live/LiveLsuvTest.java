package org.lsuv.tf.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.HostTensors;
import org.lsuv.tf.init.LayerResult;
import org.lsuv.tf.init.LsuvOptions;
import org.lsuv.tf.init.LsuvReport;
import org.lsuv.tf.init.Progress;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.op.core.Variable;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

class LiveLsuvTest {
    private final Graph graph = new Graph();
    private final Ops tf = Ops.create(graph);
    private final Ops init = tf.withInitScope();
    private final List<Operand<TFloat32>> blobs = new ArrayList<>();
    private final TFloat32 batch = random(64, 8, 8, 3);
    private Session session;
    private Operand<TFloat32> logits;

    /** Two convolutions whose kernels are variables of either kind, a normalisation and a dense layer. */
    @BeforeEach
    void build() {
        Placeholder<TFloat32> images =
                tf.withName("images").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 8, 8, 3)));
        List<Long> ones = List.of(1L, 1L, 1L, 1L);
        Operand<TFloat32> a = tf.nn.conv2d(images, byReference("conv1.kernel", 3, 3, 3, 8), ones, "SAME");
        a = blob(tf.nn.biasAdd(a, byReference("conv1.bias", 8)));
        Operand<TFloat32> b = blob(tf.nn.conv2d(tf.nn.relu(a), byHandle("conv2.kernel", 3, 3, 8, 8), ones, "SAME"));
        Operand<TFloat32> normal = tf.nn.fusedBatchNorm(
                        b,
                        byHandle("bn.gamma", 8),
                        byHandle("bn.beta", 8),
                        byHandle("bn.mean", 8),
                        byHandle("bn.variance", 8),
                        FusedBatchNorm.isTraining(false))
                .y();
        Operand<TFloat32> pooled = tf.math.mean(tf.nn.relu(normal), tf.constant(new int[] {1, 2}));
        Operand<TFloat32> dense = tf.linalg.matMul(pooled, byHandle("dense.kernel", 8, 10));
        logits = blob(tf.withName("logits").math.add(dense, byHandle("dense.bias", 10)));
        session = new Session(graph);
    }

    @AfterEach
    void close() {
        session.close();
        graph.close();
        batch.close();
    }

    private Operand<TFloat32> blob(Operand<TFloat32> operand) {
        blobs.add(operand);
        return operand;
    }

    private Operand<TFloat32> byReference(String name, long... shape) {
        Variable<TFloat32> variable = init.withName(name).variable(Shape.of(shape), TFloat32.class);
        init.assign(variable, initial(shape));
        return variable;
    }

    private Operand<TFloat32> byHandle(String name, long... shape) {
        VarHandleOp handle =
                init.withName(name).varHandleOp(TFloat32.class, Shape.of(shape), VarHandleOp.sharedName(name));
        init.assignVariableOp(handle, initial(shape));
        return tf.readVariableOp(handle, TFloat32.class);
    }

    private Operand<TFloat32> initial(long... shape) {
        int[] sizes = IntStream.range(0, shape.length).map(i -> (int) shape[i]).toArray();
        return init.fill(init.constant(sizes), init.constant(0.7f));
    }

    static TFloat32 random(long... shape) {
        Random random = new Random(5);
        int count = (int) Shape.of(shape).size();
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (2 * random.nextGaussian() + 1);
        }
        return TFloat32.tensorOf(Shape.of(shape), DataBuffers.of(values));
    }

    private LiveLsuv lsuv() {
        return LiveLsuv.on(graph, session).outputs("logits");
    }

    private OnnxTensor run(Operand<? extends TType> fetched) {
        try (Result result =
                session.runner().feed("images", batch).fetch(fetched).run()) {
            return HostTensors.toHost("", result.get(0));
        }
    }

    private static double variance(OnnxTensor tensor) {
        double[] values = tensor.toDoubles();
        double mean = IntStream.range(0, values.length)
                .mapToDouble(i -> values[i])
                .average()
                .orElseThrow();
        return IntStream.range(0, values.length)
                .mapToDouble(i -> (values[i] - mean) * (values[i] - mean))
                .average()
                .orElseThrow();
    }

    @Test
    void everyLayerOfTheSessionHasUnitVariance() {
        session.initialize();
        LsuvReport report = lsuv().initialize(Map.of("images", batch));
        assertThat(report.allConverged()).isTrue();
        assertThat(report.layers())
                .extracting(result -> result.layer().weight().source())
                .containsExactly("conv1.kernel", "conv2.kernel", "dense.kernel");
        assertThat(blobs).allSatisfy(blob -> assertThat(variance(run(blob))).isCloseTo(1, within(0.011)));
    }

    @Test
    void reportHoldsWhatTheVariablesHoldNow() {
        session.initialize();
        LsuvReport report = lsuv().initialize(Map.of("images", batch));
        LiveModel live = LiveModel.of(graph, session, List.of("logits"));
        assertThat(report.weights()).containsKeys("conv1.kernel", "bn.mean", "dense.kernel");
        report.weights()
                .forEach((name, value) ->
                        assertThat(live.model().weight(name).value().toFloats()).containsExactly(value.toFloats()));
    }

    @Test
    void sameSeedGivesTheSameValuesAndAnotherOneOthers() {
        session.initialize();
        LiveLsuv seeded = lsuv().options(LsuvOptions.defaults().withSeed(7));
        float[] first = weight(seeded.initialize(Map.of("images", batch)));
        assertThat(weight(seeded.initialize(Map.of("images", batch)))).containsExactly(first);
        assertThat(weight(lsuv().initialize(Map.of("images", batch)))).isNotEqualTo(first);
    }

    private static float[] weight(LsuvReport report) {
        OnnxTensor value = report.weights().get("conv1.kernel");
        return value == null ? new float[0] : value.toFloats();
    }

    @Test
    void graphGrowsAtTheFirstInitialisationOnly() {
        session.initialize();
        lsuv().initialize(Map.of("images", batch));
        int operations = operations();
        lsuv().initialize(Map.of("images", batch));
        assertThat(operations()).isEqualTo(operations);
    }

    private int operations() {
        int count = 0;
        for (Iterator<GraphOperation> all = graph.operations(); all.hasNext(); all.next()) {
            count++;
        }
        return count;
    }

    @Test
    void cancelledInitialisationChangesNothing() {
        session.initialize();
        float[] before = run(logits).toFloats();
        AtomicInteger reports = new AtomicInteger();
        Progress progress = Progress.NONE.stoppingWhen(() -> reports.incrementAndGet() > 4);
        assertThatThrownBy(() -> lsuv().observe(progress).initialize(Map.of("images", batch)))
                .isInstanceOf(CancellationException.class);
        assertThat(reports).hasValue(5);
        assertThat(run(logits).toFloats()).containsExactly(before);
    }

    @Test
    void excludedLayersKeepTheirVariables() {
        session.initialize();
        LsuvReport report =
                lsuv().options(LsuvOptions.defaults().excluding("conv2")).initialize(Map.of("images", batch));
        assertThat(report.layers())
                .extracting(LayerResult::status)
                .containsExactly(
                        LayerResult.Status.CONVERGED, LayerResult.Status.SKIPPED, LayerResult.Status.CONVERGED);
        assertThat(report.weights()).doesNotContainKey("conv2.kernel");
    }

    @Test
    void sessionsOfOneGraphAreInitialisedSideBySide() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (Session other = new Session(graph)) {
            List<Future<LsuvReport>> reports = new ArrayList<>();
            for (Session one : List.of(session, other)) {
                // Variables by handle live in the session's own container.
                one.initialize();
                LiveLsuv own = LiveLsuv.on(graph, one).outputs(logits);
                reports.add(threads.submit(() -> own.initialize(Map.of("images", batch))));
            }
            for (Future<LsuvReport> report : reports) {
                assertThat(report.get().allConverged()).isTrue();
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void functionOfASessionNamesInputsAsItsSignatureDoes() {
        session.initialize();
        Signature signature = Signature.builder()
                .input("x", graph.operationOrThrow("images").output(0))
                .output("y", logits)
                .build();
        LsuvReport report = LiveLsuv.on(session.function(signature)).initialize(Map.of("x", batch));
        assertThat(report.layers()).hasSize(3);
    }

    @Test
    void variablesWithoutValuesAreToldOf() {
        Operand<TFloat32> lost = tf.withName("lost").variable(Shape.of(10), TFloat32.class);
        Operand<TFloat32> sum = tf.math.add(logits, lost);
        assertThatThrownBy(() -> lsuv().outputs(sum).initialize(Map.of("images", batch)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has no value yet; run the graph's initializers");
    }

    @Test
    void wrongNamesAreToldOf() {
        session.initialize();
        assertThatThrownBy(() -> lsuv().initialize(Map.of("pictures", batch)))
                .hasMessage("the batch has values for [pictures], "
                        + "but what the outputs need are the placeholders [images]");
        assertThatThrownBy(() -> lsuv().outputs("loss").initialize(Map.of("images", batch)))
                .hasMessageContaining("the graph has no output \"loss\"");
    }

    @Test
    void graphWithoutLayersIsToldOf() {
        session.initialize();
        assertThatThrownBy(() -> lsuv().outputs("images").initialize(Map.of("images", batch)))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("no operation multiplies values by a variable");
    }

    @Test
    void variableThatIsUsedItselfIsToldOf() {
        VarHandleOp handle = tf.withName("counter").varHandleOp(TInt32.class, Shape.scalar());
        Operand<?> counted = tf.withName("counted").resourceCountUpTo(handle, 3L, TInt32.class);
        assertThatThrownBy(() -> LiveModel.of(
                        graph, session, List.of("logits", counted.op().name())))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("ResourceCountUpTo uses the variable \"counter\" itself, not its value");
    }

    @Test
    void valuesThatOnlyTrainingNeedsAreNotedAndLeftOut() {
        Operand<TBool> training =
                tf.withName("is_training").placeholder(TBool.class, Placeholder.shape(Shape.scalar()));
        Operand<TFloat32> chosen = tf.withName("chosen")
                .select(training, tf.math.mul(logits, tf.constant(3f)), tf.math.add(logits, tf.constant(0f)));
        session.initialize();
        try (TBool yes = TBool.scalarOf(true)) {
            LsuvReport report = lsuv().outputs(chosen).initialize(Map.of("images", batch, "is_training", yes));
            assertThat(report.layers()).hasSize(3);
            assertThat(report.notes())
                    .anyMatch(note -> note.contains("\"is_training\" is false, since no one trains"))
                    .anyMatch(note -> note.startsWith("the values for \"is_training\" are not used"));
        }
    }
}
