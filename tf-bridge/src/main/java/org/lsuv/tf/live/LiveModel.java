package org.lsuv.tf.live;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.layers.NotInitialised;
import org.lsuv.tf.OpDefinitions;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfInput;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfTypes;
import org.lsuv.tf.Weight;
import org.lsuv.tf.layers.TfLayers;
import org.lsuv.tf.savedmodel.FlattenedGraph;
import org.tensorflow.Graph;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Holds the graph of a running program as a model, with the values that its variables had when it was made.
 * Safe for use by several threads.
 */
public final class LiveModel {
    private final TfModel model;
    private final List<NotInitialised> notInitialised;
    private final SessionVariables variables;

    private LiveModel(TfModel model, List<NotInitialised> notInitialised, SessionVariables variables) {
        this.model = model;
        this.notInitialised = List.copyOf(notInitialised);
        this.variables = variables;
    }

    /**
     * Reads a model.
     *
     * @param session where its variables have their values
     * @param outputs the names of operations, {@code logits}, or of one of their outputs, {@code split:1}; what they
     *     do not need is no part of the model
     * @throws IllegalArgumentException if the graph has no such output
     * @throws IllegalStateException if a variable has no value yet
     * @throws UnsupportedModelException if the graph cannot be copied without its variables
     */
    public static LiveModel of(Graph graph, Session session, List<String> outputs) {
        Map<String, TensorRef> named = new LinkedHashMap<>();
        outputs.forEach(output -> named.put(output, tensor(graph, output)));
        FlattenedGraph flat = FlattenedGraph.of(graph.toGraphDef(), named.values());
        named.replaceAll((name, tensor) -> Objects.requireNonNull(flat.outputs().get(tensor)));
        SessionVariables variables = new SessionVariables(graph, session, flat.variables());
        Map<String, Weight> weights = new LinkedHashMap<>();
        variables
                .read()
                .forEach((name, value) -> weights.put(name, new Weight(name, variables.placeholder(name), value)));
        TfModel plain = new TfModel(
                "the live graph",
                flat.graph(),
                inputs(graph, flat),
                named,
                values(flat.graph()),
                Map.of(),
                weights,
                List.of(),
                List.of(),
                flat.notes());
        TfLayers layers = TfLayers.in(plain);
        return new LiveModel(layers.addedTo(plain), layers.notInitialised(), variables);
    }

    private static TensorRef tensor(Graph graph, String name) {
        TensorRef tensor = TensorRef.parse(name);
        Operation operation = graph.operation(tensor.op());
        if (operation == null || tensor.index() >= operation.numOutputs()) {
            throw new IllegalArgumentException("the graph has no output \"" + name
                    + "\": expected the name of an operation, such as Operand.op().name() gives");
        }
        return tensor;
    }

    private static List<TfInput> inputs(Graph graph, FlattenedGraph flat) {
        Set<TensorRef> variables = flat.variables().values().stream()
                .map(FlattenedGraph.FedVariable::placeholder)
                .collect(Collectors.toSet());
        List<TfInput> inputs = new ArrayList<>();
        for (NodeDef node : flat.graph().getNodeList()) {
            TensorRef tensor = new TensorRef(node.getName(), 0);
            if (node.getOp().equals("Placeholder") && !variables.contains(tensor)) {
                Operation operation = graph.operation(node.getName());
                if (operation == null) {
                    throw new UnsupportedModelException("placeholder \"" + node.getName()
                            + "\" lies inside of a function, where nothing can feed it; make it an argument");
                }
                Output<?> output = operation.output(0);
                inputs.add(new TfInput(node.getName(), tensor, TfTypes.onnxType(output.dataType()), output.shape()));
            }
        }
        return inputs;
    }

    /** Values inside of a function are called after its call: {@code call/node}. */
    static Map<String, TensorRef> values(GraphDef flat) {
        Map<String, TensorRef> values = new LinkedHashMap<>();
        for (NodeDef node : flat.getNodeList()) {
            int outputs = OpDefinitions.outputs(OpDefinitions.get(node.getOp()), node);
            for (int i = 0; i < outputs; i++) {
                values.put(i == 0 ? node.getName() : node.getName() + ":" + i, new TensorRef(node.getName(), i));
            }
        }
        return values;
    }

    /** Returns the model, for any pass. */
    public TfModel model() {
        return model;
    }

    /** Returns the variables that look like weights, but that no layer takes its weight from. */
    public List<NotInitialised> notInitialised() {
        return notInitialised;
    }

    /**
     * Gives variables of the session new values, all in one run.
     *
     * @param values the values by name of the variable
     * @throws IllegalArgumentException if the model has no such variable
     */
    public void assign(Map<String, OnnxTensor> values) {
        values.keySet().forEach(model::weight);
        variables.assign(values);
    }
}
