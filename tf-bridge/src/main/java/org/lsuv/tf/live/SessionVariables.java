package org.lsuv.tf.live;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.HostTensors;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.savedmodel.FlattenedGraph;
import org.tensorflow.Graph;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TFFailedPreconditionException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Scope;
import org.tensorflow.proto.DataType;

/** Reads and assigns the variables of a session, by operations that its graph gains for it once. */
final class SessionVariables {
    private static final String SCOPE = "lsuv/";

    private final Graph graph;
    private final Session session;
    private final Map<String, FlattenedGraph.FedVariable> variables;

    SessionVariables(Graph graph, Session session, Map<String, FlattenedGraph.FedVariable> variables) {
        this.graph = graph;
        this.session = session;
        this.variables = Map.copyOf(variables);
    }

    TensorRef placeholder(String name) {
        return variable(name).placeholder();
    }

    private FlattenedGraph.FedVariable variable(String name) {
        FlattenedGraph.FedVariable found = variables.get(name);
        if (found == null) {
            throw new IllegalArgumentException("\"" + name + "\" is no variable of the graph");
        }
        return found;
    }

    private Operation holder(String name) {
        Operation holder = graph.operation(name);
        if (holder == null) {
            throw new UnsupportedModelException("variable \"" + name
                    + "\" is made inside of a function, where the session cannot assign it; make it outside, and give"
                    + " the function its value or its handle");
        }
        return holder;
    }

    /** Returns the values of all variables, by name. */
    Map<String, OnnxTensor> read() {
        Map<String, OnnxTensor> values = new LinkedHashMap<>();
        List<String> names = variables.keySet().stream().sorted().toList();
        if (names.isEmpty()) {
            return values;
        }
        Session.Runner runner = session.runner();
        names.forEach(name -> runner.fetch(value(name)));
        try (Result result = runner.run()) {
            for (int i = 0; i < names.size(); i++) {
                values.put(names.get(i), HostTensors.toHost(names.get(i), result.get(i)));
            }
        } catch (TFFailedPreconditionException unset) {
            throw new IllegalStateException(
                    "a variable has no value yet; run the graph's initializers, session.initialize(), first: "
                            + String.valueOf(unset.getMessage())
                                    .lines()
                                    .findFirst()
                                    .orElse(""),
                    unset);
        }
        return values;
    }

    /** What reads a variable in the program may update it before; ours does not. */
    private Output<?> value(String name) {
        Operation holder = holder(name);
        if (!holder.type().equals("VarHandleOp")) {
            return holder.output(0);
        }
        String reader = SCOPE + "read/" + name;
        synchronized (graph) {
            Operation known = graph.operation(reader);
            return known != null
                    ? known.output(0)
                    : graph.opBuilder("ReadVariableOp", reader, scope())
                            .addInput(holder.output(0))
                            .setAttr("dtype", variable(name).type())
                            .build()
                            .output(0);
        }
    }

    private Scope scope() {
        return graph.baseScope();
    }

    /** Gives variables new values, all in one run. */
    void assign(Map<String, OnnxTensor> values) {
        if (values.isEmpty()) {
            return;
        }
        List<Tensor> fed = new ArrayList<>();
        try {
            Session.Runner runner = session.runner();
            for (Map.Entry<String, OnnxTensor> entry : values.entrySet()) {
                Tensor value = HostTensors.toTensorFlow(entry.getValue());
                fed.add(value);
                runner.addTarget(assignment(entry.getKey(), value.asRawTensor().dataType()));
                runner.feed(SCOPE + "value/" + entry.getKey(), value);
            }
            runner.run().close();
        } finally {
            fed.forEach(Tensor::close);
        }
    }

    private Operation assignment(String name, DataType fed) {
        Operation holder = holder(name);
        boolean byHandle = holder.type().equals("VarHandleOp");
        String assignment = SCOPE + "assign/" + name;
        synchronized (graph) {
            Operation known = graph.operation(assignment);
            if (known != null) {
                return known;
            }
            Output<?> value = graph.opBuilder("Placeholder", SCOPE + "value/" + name, scope())
                    .setAttr("dtype", fed)
                    .setAttr("shape", Shape.unknown())
                    .build()
                    .output(0);
            DataType stored = variable(name).type();
            if (fed != stored) {
                value = graph.opBuilder("Cast", SCOPE + "cast/" + name, scope())
                        .addInput(value)
                        .setAttr("DstT", stored)
                        .build()
                        .output(0);
            }
            return graph.opBuilder(byHandle ? "AssignVariableOp" : "Assign", assignment, scope())
                    .addInput(holder.output(0))
                    .addInput(value)
                    .build();
        }
    }
}
