package org.lsuv.tf.savedmodel;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfInput;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfNames;
import org.lsuv.tf.TfTypes;
import org.lsuv.tf.controlflow.FunctionalControlFlow;
import org.lsuv.tf.nodes.AttrValues;
import org.lsuv.tf.nodes.FlatGraph;
import org.lsuv.tf.nodes.NodeGraph;
import org.lsuv.tf.nodes.Redirections;
import org.lsuv.tf.nodes.ValueNames;
import org.tensorflow.Graph;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.op.Operands;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;

/** Imports a signature of a SavedModel as a graph without calls, whose variables are weights. */
public final class SavedModelImporter {
    private final SavedModel saved;
    private final SavedModelOptions options;
    private final MetaGraphDef meta;
    private final Signature signature;
    private final List<TfInput> inputs = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    private SavedModelImporter(SavedModel saved, SavedModelOptions options) {
        this.saved = saved;
        this.options = options;
        this.meta = saved.graph(options);
        this.signature = saved.signature(options);
    }

    /**
     * Imports a model. It comes without layers: they are found in its graph.
     *
     * @throws UnsupportedModelException if there is no such signature, or it uses what cannot be imported; all of
     *     that is named at once
     * @throws OnnxFormatException if the graph or the variables' files are malformed
     */
    public static TfModel load(SavedModel saved, SavedModelOptions options) {
        return open(saved, options).model();
    }

    /** Imports a model, and says where its weights are stored. */
    public static SavedNetwork open(SavedModel saved, SavedModelOptions options) {
        try {
            return new SavedModelImporter(saved, options).load();
        } catch (OnnxFormatException problem) {
            throw problem.in(saved.label());
        } catch (UnsupportedModelException problem) {
            throw problem.in(saved.label());
        }
    }

    private SavedNetwork load() {
        NodeGraph main = withInputs(checkedOutputs());
        FunctionInliner inliner = new FunctionInliner(
                meta.getGraphDef().getLibrary(),
                meta.getMetaInfoDef().getStrippedOpList().getOpList());
        FlatGraph flat = inliner.inline(main);
        if (!inliner.updates().isEmpty()) {
            notes.add("updates of variables are left out: "
                    + String.join(", ", inliner.updates().stream().limit(5).toList()));
        }
        UsableOutputs usable =
                UsableOutputs.of(flat, List.copyOf(signature.outputs().keySet()));
        notes.addAll(usable.notes());
        Variables variables = Variables.replacedIn(usable.graph());
        Inference inference = Inference.of(variables.graph());
        notes.addAll(inference.notes());
        FunctionalControlFlow functional = FunctionalControlFlow.of(inference.graph());
        notes.addAll(functional.notes());
        StoredWeights weights = StoredWeights.in(functional.graph(), variables.all(), saved, options);
        Set<String> fed = new HashSet<>();
        inputs.forEach(input -> fed.add(input.tensor().op()));
        weights.weights().values().forEach(weight -> fed.add(weight.tensor().op()));
        variables.all().keySet().forEach(fed::add);
        FlatGraph clean = RunCheck.checked(weights.graph(), meta, variables.problems(), weights.problems(), fed);
        GraphDef graph = withAllInputs(clean.toGraphDef(meta.getGraphDef().getVersions()), clean.main());
        requireTaken(graph);
        Map<String, TensorRef> outputs = new LinkedHashMap<>();
        for (int i = 0; i < usable.names().size(); i++) {
            outputs.put(usable.names().get(i), clean.main().results().get(i));
        }
        TfModel model = new TfModel(
                saved.label(),
                graph,
                inputs,
                outputs,
                ValueNames.of(clean.main()),
                Map.of(),
                weights.weights(),
                List.of(),
                List.of(),
                notes);
        return new SavedNetwork(saved, options, model, weights.places());
    }

    /** TensorFlow knows more rules than are checked here, such as those of shapes. */
    private static void requireTaken(GraphDef definition) {
        try (Graph graph = new Graph()) {
            graph.importGraphDef(definition);
        } catch (TensorFlowException | IllegalArgumentException | UnsupportedOperationException refused) {
            throw new UnsupportedModelException(
                    "TensorFlow refuses its graph: "
                            + String.valueOf(refused.getMessage())
                                    .lines()
                                    .findFirst()
                                    .orElse(""),
                    refused);
        }
    }

    /** An input on which no output depends is fed like the others. */
    private GraphDef withAllInputs(GraphDef graph, NodeGraph main) {
        GraphDef.Builder all = graph.toBuilder();
        inputs.stream()
                .filter(input -> !main.nodes().containsKey(input.tensor().op()))
                .forEach(input -> all.addNode(AttrValues.placeholder(
                        input.tensor().op(),
                        Operands.toDataType(TfTypes.computeType(input.type())),
                        AttrValues.shape(input.shape()))));
        return all.build();
    }

    private NodeGraph checkedOutputs() {
        List<NodeDef> nodes = meta.getGraphDef().getNodeList();
        List<TensorRef> results = new ArrayList<>();
        NodeGraph graph = NodeGraph.of(nodes, results);
        for (Map.Entry<String, Signature.Argument> output : signature.outputs().entrySet()) {
            results.add(tensor(graph, "output", output.getKey(), output.getValue()));
        }
        if (results.isEmpty()) {
            throw new UnsupportedModelException("signature \"" + signature.name() + "\": has no outputs");
        }
        return graph.with(graph.nodes(), results);
    }

    private TensorRef tensor(NodeGraph graph, String kind, String key, Signature.Argument argument) {
        String where = "signature \"" + signature.name() + "\": " + kind + " \"" + key + "\": ";
        if (argument.tensor().isEmpty()) {
            throw new UnsupportedModelException(
                    where + "is a sparse or ragged tensor; export a signature with dense tensors");
        }
        try {
            TensorRef tensor = TensorRef.parse(argument.tensor());
            if (graph.node(tensor).isPresent()) {
                return tensor;
            }
        } catch (NumberFormatException malformed) {
            // Names nothing either.
        }
        throw new OnnxFormatException(where + "the graph has no tensor \"" + argument.tensor() + "\"");
    }

    /** Lets placeholders of our own stand for what the signature feeds, which need not be placeholders. */
    private NodeGraph withInputs(NodeGraph graph) {
        Map<String, NodeDef> nodes = new LinkedHashMap<>(graph.nodes());
        Redirections redirections = new Redirections();
        for (Map.Entry<String, Signature.Argument> entry : signature.inputs().entrySet()) {
            String key = entry.getKey();
            Signature.Argument input = entry.getValue();
            TensorRef fed = tensor(graph, "input", key, input);
            if (input.type() == DataType.DT_STRING) {
                throw new UnsupportedModelException("signature \"" + signature.name() + "\": input \"" + key
                        + "\" takes strings, and only numbers can be fed; choose a signature that takes what comes"
                        + " behind the preprocessing; there are "
                        + saved.signatures(options).keySet());
            }
            OnnxType type = type(key, input);
            String name = "input" + inputs.size() + "." + TfNames.escape(key);
            while (nodes.containsKey(name)) {
                name += "_";
            }
            FedTensor placeholder = FedTensor.of(name, input.type(), AttrValues.shape(input.shape()));
            placeholder.nodes().forEach(node -> nodes.put(node.getName(), node));
            redirections.put(fed, placeholder.value());
            inputs.add(new TfInput(key, placeholder.fed(), type, input.shape()));
        }
        return redirections.apply(graph.with(nodes, graph.results()));
    }

    private OnnxType type(String key, Signature.Argument input) {
        try {
            return TfTypes.onnxType(input.type());
        } catch (UnsupportedModelException unsupported) {
            throw unsupported.in("signature \"" + signature.name() + "\": input \"" + key + "\"");
        }
    }
}
