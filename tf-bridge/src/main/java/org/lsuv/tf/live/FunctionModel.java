package org.lsuv.tf.live;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.HostTensors;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfInput;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfTypes;
import org.lsuv.tf.Weight;
import org.lsuv.tf.layers.TfLayers;
import org.lsuv.tf.savedmodel.FlattenedGraph;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Signature;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.OpDef;

/**
 * Makes a model of a function that takes its weights as arguments, as eager programs have it.
 *
 * <pre>{@code
 * TfModel model = FunctionModel.of(function, Map.of("kernel", kernel));
 * LsuvReport report = Lsuv.initialize(model, List.of(batch), LsuvOptions.defaults(), Progress.NONE);
 * Tensor better = HostTensors.toTensorFlow(report.weights().get("kernel"));
 * }</pre>
 */
public final class FunctionModel {
    /** Names of arguments start with a small letter. */
    private static final String CALL = "Call";

    private final ConcreteFunction function;
    private final Map<String, ? extends Tensor> weights;

    /** The operations that stand for arguments, by the arguments' names in the signature. */
    private final Map<String, String> operations = new LinkedHashMap<>();

    private FunctionModel(ConcreteFunction function, Map<String, ? extends Tensor> weights) {
        this.function = function;
        this.weights = weights;
        List<OpDef.ArgDef> arguments = function.getFunctionDef().getSignature().getInputArgList();
        for (String name : function.signature().inputNames()) {
            operations.put(name, arguments.get(operations.size()).getName());
        }
    }

    /**
     * Makes a model. All arguments that results depend on, and that are no weights, are its inputs.
     *
     * @param weights the arguments that are weights, by their names in the signature; they stay the caller's to close
     * @throws IllegalArgumentException if the function has no such argument
     * @throws UnsupportedModelException if it holds variables of its own
     */
    public static TfModel of(ConcreteFunction function, Map<String, ? extends Tensor> weights) {
        Set<String> names = function.signature().inputNames();
        for (String name : weights.keySet()) {
            if (!names.contains(name)) {
                throw new IllegalArgumentException(
                        "the function has no argument \"" + name + "\"; its arguments are " + names);
            }
        }
        return new FunctionModel(function, weights).build();
    }

    private TfModel build() {
        Map<String, TensorRef> results = new LinkedHashMap<>();
        FlattenedGraph flat;
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            tf.withName(CALL)
                    .call(function, arguments(graph, tf))
                    .forEach((name, result) -> results.put(name, TensorRef.of(result)));
            flat = FlattenedGraph.of(graph.toGraphDef(), results.values());
        }
        Map<String, TensorRef> outputs = new LinkedHashMap<>();
        for (String name : function.signature().outputNames()) {
            outputs.put(name, Objects.requireNonNull(flat.outputs().get(results.get(name))));
        }
        TfModel plain = new TfModel(
                function.getDefinedName(),
                flat.graph(),
                inputs(flat),
                outputs,
                values(flat),
                Map.of(),
                fed(flat),
                List.of(),
                List.of(),
                flat.notes());
        return TfLayers.in(plain).addedTo(plain);
    }

    /** Makes variables of weights: those are what is fed, each in the type in which such values are computed. */
    private Map<String, Operand<?>> arguments(Graph graph, Ops tf) {
        Map<String, Operand<?>> arguments = new LinkedHashMap<>();
        function.signature().getInputs().forEach((name, described) -> {
            Tensor weight = weights.get(name);
            String operation = Objects.requireNonNull(operations.get(name));
            Shape shape = weight == null ? described.shape : weight.shape();
            Output<?> argument = graph.opBuilder(weight == null ? "Placeholder" : "VarHandleOp", operation, tf.scope())
                    .setAttr("dtype", described.dataType)
                    .setAttr("shape", shape)
                    .build()
                    .output(0);
            arguments.put(name, weight == null ? argument : read(graph, tf, argument, described));
        });
        return arguments;
    }

    private static Output<?> read(Graph graph, Ops tf, Output<?> handle, Signature.TensorDescription described) {
        return graph.opBuilder("ReadVariableOp", handle.op().name() + "/read", tf.scope())
                .addInput(handle)
                .setAttr("dtype", described.dataType)
                .build()
                .output(0);
    }

    private List<TfInput> inputs(FlattenedGraph flat) {
        Set<String> needed = new TreeSet<>();
        flat.graph().getNodeList().forEach(node -> needed.add(node.getName()));
        List<TfInput> inputs = new ArrayList<>();
        function.signature().getInputs().forEach((name, described) -> {
            String operation = Objects.requireNonNull(operations.get(name));
            if (!weights.containsKey(name) && needed.contains(operation)) {
                inputs.add(new TfInput(
                        name, new TensorRef(operation, 0), TfTypes.onnxType(described.dataType), described.shape));
            }
        });
        return inputs;
    }

    private Map<String, Weight> fed(FlattenedGraph flat) {
        Map<String, FlattenedGraph.FedVariable> variables = new LinkedHashMap<>(flat.variables());
        Map<String, Weight> fed = new LinkedHashMap<>();
        weights.forEach((name, value) -> {
            FlattenedGraph.FedVariable variable = variables.remove(operations.get(name));
            if (variable != null) {
                fed.put(name, new Weight(name, variable.placeholder(), HostTensors.toHost(name, value)));
            }
        });
        if (!variables.isEmpty()) {
            throw new UnsupportedModelException("function " + function.getDefinedName() + " holds the variables "
                    + variables.keySet() + " itself; pass variables as arguments");
        }
        return fed;
    }

    /** Calls values as the function does. */
    private static Map<String, TensorRef> values(FlattenedGraph flat) {
        Map<String, TensorRef> values = new LinkedHashMap<>();
        LiveModel.values(flat.graph())
                .forEach((name, tensor) ->
                        values.put(name.startsWith(CALL + "/") ? name.substring(CALL.length() + 1) : name, tensor));
        return values;
    }
}
