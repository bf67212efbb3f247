package org.lsuv.tf.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.TextFormat;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.HostTensors;
import org.lsuv.tf.init.LsuvReport;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TFloat32;

/** Live graphs whose layers lie inside of functions. */
class LiveFunctionsTest {
    private final Graph graph = new Graph();
    private final Ops tf = Ops.create(graph);
    private final Ops init = tf.withInitScope();
    private final Session session = new Session(graph);
    private final TFloat32 batch = LiveLsuvTest.random(64, 6);
    private final Placeholder<TFloat32> x =
            tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 6)));

    @AfterEach
    void close() {
        session.close();
        graph.close();
        batch.close();
    }

    private VarHandleOp handle(String name, long... shape) {
        VarHandleOp handle =
                init.withName(name).varHandleOp(TFloat32.class, Shape.of(shape), VarHandleOp.sharedName(name));
        int[] sizes = Arrays.stream(shape).mapToInt(size -> (int) size).toArray();
        init.assignVariableOp(handle, init.fill(init.constant(sizes), init.constant(0.7f)));
        return handle;
    }

    private double variance(Session running, String fetched) {
        try (Result result = running.runner().feed("x", batch).fetch(fetched).run()) {
            OnnxTensor tensor = HostTensors.toHost("", result.get(0));
            double[] values = tensor.toDoubles();
            double mean = Arrays.stream(values).average().orElseThrow();
            return Arrays.stream(values)
                    .map(value -> (value - mean) * (value - mean))
                    .average()
                    .orElseThrow();
        }
    }

    @Test
    void layersInsideOfACalledFunctionAreInitialised() {
        try (ConcreteFunction dense = ConcreteFunction.create(inner -> {
            Placeholder<TFloat32> in = inner.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1)));
            Placeholder<TFloat32> kernel = inner.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1)));
            return Signature.builder()
                    .input("in", in)
                    .input("kernel", kernel)
                    .output("out", inner.nn.relu(inner.linalg.matMul(in, kernel)))
                    .build();
        })) {
            Operand<TFloat32> first = tf.readVariableOp(handle("first", 6, 16), TFloat32.class);
            Operand<TFloat32> second = tf.readVariableOp(handle("second", 16, 10), TFloat32.class);
            Operand<?> hidden = tf.withName("hidden")
                    .call(dense, Map.of("in", x, "kernel", first))
                    .get("out");
            Operand<?> out = tf.withName("head")
                    .call(dense, Map.of("in", hidden, "kernel", second))
                    .get("out");
            session.initialize();

            LsuvReport report = LiveLsuv.on(graph, session)
                    .outputs(Objects.requireNonNull(out))
                    .initialize(Map.of("x", batch));

            assertThat(report.allConverged()).isTrue();
            assertThat(report.layers())
                    .extracting(layer -> layer.layer().weight().source())
                    .containsExactly("first", "second");
            assertThat(report.layers())
                    .extracting(layer -> layer.layer().linear().op())
                    .allSatisfy(name -> assertThat(name).matches("(hidden|head).*/.+"));
            // What a unit has before its ReLU: the same product, outside of the function.
            Operand<TFloat32> product = tf.withName("outside").linalg.matMul(x, first);
            assertThat(variance(session, product.op().name())).isCloseTo(1, within(0.011));
        }
    }

    /** Runs {@code h ← tanh(h·v)} twice; functions of the Java API take no handles. */
    private static final String LOOP = """
            node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } }
              attr { key: "shape" value { shape { dim { size: -1 } dim { size: 6 } } } } }
            node { name: "kernel" op: "VarHandleOp" attr { key: "dtype" value { type: DT_FLOAT } }
              attr { key: "shape" value { shape { dim { size: 6 } dim { size: 16 } } } }
              attr { key: "shared_name" value { s: "kernel" } } }
            node { name: "kernel/first" op: "Const" attr { key: "dtype" value { type: DT_FLOAT } }
              attr { key: "value" value { tensor { dtype: DT_FLOAT float_val: 0.5
                tensor_shape { dim { size: 6 } dim { size: 16 } } } } } }
            node { name: "kernel/assign" op: "AssignVariableOp" input: "kernel" input: "kernel/first"
              attr { key: "dtype" value { type: DT_FLOAT } } }
            node { name: "kernel/read" op: "ReadVariableOp" input: "kernel"
              attr { key: "dtype" value { type: DT_FLOAT } } }
            node { name: "product" op: "MatMul" input: "x" input: "kernel/read"
              attr { key: "T" value { type: DT_FLOAT } } }
            node { name: "step" op: "VarHandleOp" attr { key: "dtype" value { type: DT_FLOAT } }
              attr { key: "shape" value { shape { dim { size: 16 } dim { size: 16 } } } }
              attr { key: "shared_name" value { s: "step" } } }
            node { name: "step/first" op: "Const" attr { key: "dtype" value { type: DT_FLOAT } }
              attr { key: "value" value { tensor { dtype: DT_FLOAT float_val: 0.1
                tensor_shape { dim { size: 16 } dim { size: 16 } } } } } }
            node { name: "step/assign" op: "AssignVariableOp" input: "step" input: "step/first"
              attr { key: "dtype" value { type: DT_FLOAT } } }
            node { name: "zero" op: "Const" attr { key: "dtype" value { type: DT_INT32 } }
              attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape {} int_val: 0 } } } }
            node { name: "loop" op: "While" input: "zero" input: "product" input: "step"
              attr { key: "T" value { list { type: DT_INT32 type: DT_FLOAT type: DT_RESOURCE } } }
              attr { key: "cond" value { func { name: "below_two" } } }
              attr { key: "body" value { func { name: "one_step" } } } }
            library {
              function {
                signature { name: "below_two" is_stateful: true
                  input_arg { name: "i" type: DT_INT32 } input_arg { name: "h" type: DT_FLOAT }
                  input_arg { name: "v" type: DT_RESOURCE } output_arg { name: "go" type: DT_BOOL } }
                node_def { name: "two" op: "Const" attr { key: "dtype" value { type: DT_INT32 } }
                  attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape {} int_val: 2 } } } }
                node_def { name: "less" op: "Less" input: "i" input: "two:output:0"
                  attr { key: "T" value { type: DT_INT32 } } }
                ret { key: "go" value: "less:z:0" }
              }
              function {
                signature { name: "one_step" is_stateful: true
                  input_arg { name: "i" type: DT_INT32 } input_arg { name: "h" type: DT_FLOAT }
                  input_arg { name: "v" type: DT_RESOURCE } output_arg { name: "next" type: DT_INT32 }
                  output_arg { name: "out" type: DT_FLOAT } output_arg { name: "same" type: DT_RESOURCE } }
                node_def { name: "one" op: "Const" attr { key: "dtype" value { type: DT_INT32 } }
                  attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape {} int_val: 1 } } } }
                node_def { name: "add" op: "AddV2" input: "i" input: "one:output:0"
                  attr { key: "T" value { type: DT_INT32 } } }
                node_def { name: "read" op: "ReadVariableOp" input: "v"
                  attr { key: "dtype" value { type: DT_FLOAT } } }
                node_def { name: "inner" op: "MatMul" input: "h" input: "read:value:0"
                  attr { key: "T" value { type: DT_FLOAT } } }
                node_def { name: "tanh" op: "Tanh" input: "inner:product:0"
                  attr { key: "T" value { type: DT_FLOAT } } }
                ret { key: "next" value: "add:z:0" }
                ret { key: "out" value: "tanh:y:0" }
                ret { key: "same" value: "v" }
              }
            }
            """;

    @Test
    void variablesAreFollowedThroughLoops() throws TextFormat.ParseException {
        try (Graph program = new Graph();
                Session running = new Session(program)) {
            GraphDef.Builder definition =
                    GraphDef.newBuilder().setVersions(program.toGraphDef().getVersions());
            TextFormat.merge(LOOP, definition);
            program.importGraphDef(definition.build());
            running.runner().addTarget("kernel/assign").addTarget("step/assign").run();

            LiveModel live = LiveModel.of(program, running, List.of("loop:1"));
            LsuvReport report = LiveLsuv.on(program, running).outputs("loop:1").initialize(Map.of("x", batch));

            assertThat(live.model().weights()).containsOnlyKeys("kernel", "step");
            assertThat(report.layers())
                    .extracting(layer -> layer.layer().weight().source())
                    .containsExactly("kernel");
            assertThat(report.notes()).anyMatch(note -> note.startsWith("step is not initialised"));
            assertThat(variance(running, "product")).isCloseTo(1, within(0.011));
        }
    }

    @Test
    void variableOfAFunctionsOwnIsToldOf() {
        try (ConcreteFunction function = ConcreteFunction.create(inner -> {
            Placeholder<TFloat32> in = inner.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 6)));
            VarHandleOp own = inner.withName("own").varHandleOp(TFloat32.class, Shape.of(6, 4));
            return Signature.builder()
                    .input("in", in)
                    .output("out", inner.linalg.matMul(in, inner.readVariableOp(own, TFloat32.class)))
                    .build();
        })) {
            Operand<?> out = tf.withName("call").call(function, x);
            assertThatThrownBy(() -> LiveLsuv.on(graph, session).outputs(out).initialize(Map.of("x", batch)))
                    .isInstanceOf(UnsupportedModelException.class)
                    .hasMessageContaining("is made inside of a function, where the session cannot assign it");
        }
    }
}
