package org.lsuv.tf.live;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.HostTensors;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfInput;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfTypes;
import org.lsuv.tf.Weight;
import org.lsuv.tf.layers.TfLayers;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Graph;
import org.tensorflow.Signature;
import org.tensorflow.Tensor;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
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
    private static final Set<String> CALLS = Set.of("PartitionedCall", "StatefulPartitionedCall");

    private final FunctionDef function;
    private final GraphDef.Builder graph = GraphDef.newBuilder();
    private final Map<String, TensorRef> tensors = new LinkedHashMap<>();

    private FunctionModel(FunctionDef function) {
        this.function = function;
    }

    /**
     * Makes a model. All arguments that are no weights are its inputs.
     *
     * @param weights the arguments that are weights, by their names in the signature; they stay the caller's to close
     * @throws IllegalArgumentException if the function has no such argument
     * @throws UnsupportedModelException if it holds variables of its own, or calls other functions
     */
    public static TfModel of(ConcreteFunction function, Map<String, ? extends Tensor> weights) {
        Signature signature = function.signature();
        for (String name : weights.keySet()) {
            if (!signature.inputNames().contains(name)) {
                throw new IllegalArgumentException(
                        "the function has no argument \"" + name + "\"; its arguments are " + signature.inputNames());
            }
        }
        try (Graph holder = new Graph()) {
            holder.attachFunction(function);
            GraphDef known = holder.toGraphDef();
            FunctionModel model = new FunctionModel(function.getFunctionDef());
            model.graph.setVersions(known.getVersions()).setLibrary(known.getLibrary());
            return model.build(signature, weights);
        }
    }

    private TfModel build(Signature signature, Map<String, ? extends Tensor> weights) {
        List<TfInput> inputs = new ArrayList<>();
        Map<String, Weight> stored = new LinkedHashMap<>();
        int position = 0;
        for (Map.Entry<String, Signature.TensorDescription> entry :
                signature.getInputs().entrySet()) {
            OpDef.ArgDef argument = function.getSignature().getInputArg(position++);
            TensorRef tensor = new TensorRef(argument.getName(), 0);
            tensors.put(argument.getName(), tensor);
            Tensor weight = weights.get(entry.getKey());
            Signature.TensorDescription described = entry.getValue();
            graph.addNode(NodeDef.newBuilder()
                    .setName(argument.getName())
                    .setOp("Placeholder")
                    .putAttr(
                            "dtype",
                            AttrValue.newBuilder().setType(argument.getType()).build())
                    .putAttr("shape", ShapeAttribute.of(weight == null ? described.shape : weight.shape())));
            if (weight == null) {
                inputs.add(new TfInput(entry.getKey(), tensor, TfTypes.onnxType(argument.getType()), described.shape));
            } else {
                stored.put(
                        entry.getKey(), new Weight(entry.getKey(), tensor, HostTensors.toHost(entry.getKey(), weight)));
            }
        }
        addBody();
        Map<String, TensorRef> outputs = new LinkedHashMap<>();
        position = 0;
        for (String name : signature.outputNames()) {
            String result = function.getSignature().getOutputArg(position++).getName();
            outputs.put(name, tensor(function.getRetOrThrow(result)));
        }
        TfModel plain = new TfModel(
                function.getSignature().getName(),
                graph.build(),
                inputs,
                outputs,
                Map.of(),
                Map.of(),
                stored,
                List.of(),
                List.of(),
                List.of());
        return TfLayers.in(plain).addedTo(plain);
    }

    private void addBody() {
        OutputPlaces places = OutputPlaces.registered();
        for (NodeDef node : function.getNodeDefList()) {
            if (CALLS.contains(node.getOp()) || node.getOp().equals("VarHandleOp")) {
                throw new UnsupportedModelException(
                        "function " + function.getSignature().getName() + ", node \""
                                + node.getName() + "\": " + node.getOp()
                                + " is not supported here; pass variables as arguments, and call no function inside");
            }
            places.of(node)
                    .forEach((output, first) ->
                            tensors.put(node.getName() + ":" + output, new TensorRef(node.getName(), first)));
        }
        for (NodeDef node : function.getNodeDefList()) {
            NodeDef.Builder plain = node.toBuilder().clearInput();
            node.getInputList().stream()
                    .filter(input -> !input.startsWith("^"))
                    .forEach(input -> plain.addInput(tensor(input).toString()));
            graph.addNode(plain);
        }
    }

    /** Inside of a function a tensor is called {@code argument} or {@code node:output:index}. */
    private TensorRef tensor(String name) {
        int last = name.lastIndexOf(':');
        TensorRef first = tensors.get(last < 0 ? name : name.substring(0, last));
        if (first == null) {
            throw new UnsupportedModelException(
                    "function " + function.getSignature().getName() + ": there is no tensor " + name);
        }
        return last < 0 ? first : new TensorRef(first.op(), first.index() + Integer.parseInt(name.substring(last + 1)));
    }
}
