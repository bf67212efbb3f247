package org.lsuv.tf.diagnose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;
import org.lsuv.tf.nodes.AttrValues;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/** Cuts the non-linearities out of a graph and runs them on points of its own choice. */
final class ActivationGraph implements AutoCloseable {
    /** What is looked at besides the grid, to see where a function tends to. */
    private static final double[] FAR = {-60, -30, 0, 30, 60};

    private static final double FLAT = 1e-3;

    private final SignalGraph graph;
    private final List<ActivationFunction> functions;
    private final List<TensorRef> outputs = new ArrayList<>();
    private final TfRun run;

    ActivationGraph(TfModel model, SignalGraph graph, List<ActivationFunction> functions, TfOptions options) {
        this.graph = graph;
        this.functions = List.copyOf(functions);
        GraphDef.Builder cut = GraphDef.newBuilder()
                .setVersions(model.graph().getVersions())
                .setLibrary(model.graph().getLibrary());
        Set<String> parameters = parameters();
        for (String name : graph.inOrder()) {
            if (parameters.contains(name)) {
                cut.addNode(graph.node(name));
            }
        }
        for (int i = 0; i < functions.size(); i++) {
            add(cut, i);
        }
        this.run = TfRun.open(cut.build(), options);
        model.weights().values().stream()
                .filter(weight -> parameters.contains(weight.tensor().op()))
                .forEach(weight -> run.feed(weight.tensor(), weight.value()));
    }

    /** Returns what the functions read besides the signal, with all that it is computed from. */
    private Set<String> parameters() {
        Set<TensorRef> read = new LinkedHashSet<>();
        for (ActivationFunction function : functions) {
            function.nodes()
                    .forEach(node -> graph.inputs(node).stream()
                            .filter(input -> !graph.isSignal(input.op()))
                            .forEach(read::add));
        }
        return graph.ancestors(read);
    }

    private void add(GraphDef.Builder cut, int index) {
        ActivationFunction function = functions.get(index);
        DataType type = graph.type(function.root());
        cut.addNode(NodeDef.newBuilder()
                .setName(feed(index).op())
                .setOp("Placeholder")
                .putAttr("dtype", AttrValues.of(DataType.DT_DOUBLE)));
        cut.addNode(AttrValues.cast(point(index), feed(index).op(), DataType.DT_DOUBLE, type));
        String prefix = "f" + index + ".";
        for (String name : function.nodes()) {
            NodeDef node = graph.node(name);
            NodeDef.Builder copy = node.toBuilder()
                    .setName(prefix + name)
                    .clearInput()
                    .removeAttr("_class")
                    .removeAttr("_output_shapes");
            for (TensorRef input : graph.inputs(name)) {
                boolean inside = graph.isSignal(input.op());
                copy.addInput(
                        input.equals(function.root()) ? point(index) : inside ? prefix + input : input.toString());
            }
            cut.addNode(copy);
        }
        String result = "result" + index;
        cut.addNode(AttrValues.cast(result, prefix + function.output(), type, DataType.DT_DOUBLE));
        outputs.add(new TensorRef(result, 0));
    }

    private static TensorRef feed(int index) {
        return new TensorRef("feed" + index, 0);
    }

    private static String point(int index) {
        return "point" + index;
    }

    /**
     * Integrates the functions.
     *
     * @param scales σ for each of them
     */
    List<ActivationLaw> laws(double[] scales) {
        List<double[]> unit =
                values(IntStream.range(0, functions.size()).mapToDouble(i -> 1).toArray());
        List<double[]> scaled = values(scales);
        return IntStream.range(0, functions.size())
                .mapToObj(i -> law(functions.get(i), unit.get(i), scaled.get(i), scales[i]))
                .toList();
    }

    private ActivationLaw law(ActivationFunction function, double[] unit, double[] scaled, double scale) {
        int far = NormalDensity.POINTS;
        double second = NormalDensity.expectation(scaled, value -> value * value);
        double fourth = NormalDensity.expectation(scaled, value -> value * value * value * value);
        String spelled = function.nodes().stream().map(graph::op).distinct().collect(Collectors.joining("·"));
        return new ActivationLaw(
                KnownFunction.of(unit).orElse(spelled),
                NormalDensity.expectation(unit, value -> value * value),
                second / (scale * scale),
                NormalDensity.slope(scaled) / (scale * scale),
                second > 0 ? fourth / (second * second) - 1 : Double.NaN,
                limit(unit[far], unit[far + 1]),
                limit(unit[far + 4], unit[far + 3]),
                unit[far + 2]);
    }

    private static double limit(double far, double near) {
        return Math.abs(far - near) < FLAT ? far : Double.NaN;
    }

    /** Returns the values of each function on the grid times its scale, then at the far points. */
    private List<double[]> values(double[] scales) {
        if (functions.isEmpty()) {
            return List.of();
        }
        for (int i = 0; i < functions.size(); i++) {
            run.feed(feed(i), points(functions.get(i), scales[i]));
        }
        List<OnnxTensor> results = run.fetch(outputs);
        return results.stream().map(ActivationGraph::averaged).toList();
    }

    private OnnxTensor points(ActivationFunction function, double scale) {
        double[] points = new double[NormalDensity.POINTS + FAR.length];
        for (int i = 0; i < NormalDensity.POINTS; i++) {
            points[i] = NormalDensity.point(i) * scale;
        }
        System.arraycopy(FAR, 0, points, NormalDensity.POINTS, FAR.length);
        // Points lie along the first axis, so that a parameter for each channel meets all of them.
        Shape shape = graph.shape(function.root());
        long[] sizes = new long[shape.isUnknown() ? 1 : Math.max(1, shape.numDimensions())];
        Arrays.fill(sizes, 1);
        sizes[0] = points.length;
        return OnnxTensor.ofDoubles("", OnnxType.DOUBLE, sizes, points);
    }

    /** Where each channel has a function of its own, takes their mean. */
    private static double[] averaged(OnnxTensor result) {
        double[] values = result.toDoubles();
        int points = NormalDensity.POINTS + FAR.length;
        if (values.length % points != 0) {
            throw new IllegalStateException(values.length + " values of a non-linearity at " + points + " points");
        }
        int channels = values.length / points;
        double[] means = new double[points];
        for (int i = 0; i < values.length; i++) {
            means[i / channels] += values[i] / channels;
        }
        return means;
    }

    @Override
    public void close() {
        run.close();
    }
}
