package org.lsuv.tf.savedmodel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.Weight;
import org.lsuv.tf.nodes.ConstantTensors;
import org.lsuv.tf.nodes.ConstantWeights;
import org.lsuv.tf.nodes.FlatGraph;
import org.lsuv.tf.nodes.NodeGraph;
import org.lsuv.tf.nodes.Redirections;
import org.lsuv.tf.nodes.ValueNames;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/**
 * Holds a graph whose weights are fed, and their values.
 *
 * <p>A weight is a variable of floating-point numbers, or a constant of them with at least one dimension: what a
 * frozen graph has in place of variables. Scalars are settings of operations, and stay in the graph, as do variables of
 * integers and truth values, from which TensorFlow may want to know shapes.
 *
 * @param graph the graph
 * @param weights the weights by name
 * @param places where they are stored
 * @param problems variables without values, a sentence each
 */
record StoredWeights(
        FlatGraph graph,
        Map<String, Weight> weights,
        Map<String, SavedNetwork.WeightPlace> places,
        List<String> problems) {

    static StoredWeights in(
            FlatGraph graph, Map<String, Variables.Variable> variables, SavedModel saved, SavedModelOptions options) {
        return new Finder(graph, new VariableValues(saved, options)).find(variables);
    }

    private static final class Finder {
        private final FlatGraph graph;
        private final VariableValues values;
        private final Map<String, NodeDef> nodes;
        private final Redirections redirections = new Redirections();
        private final Map<String, Weight> weights = new LinkedHashMap<>();
        private final Map<String, SavedNetwork.WeightPlace> places = new LinkedHashMap<>();
        private final List<String> problems = new ArrayList<>();
        private final Map<SavedNetwork.InGraph, TensorRef> constants = new HashMap<>();

        Finder(FlatGraph graph, VariableValues values) {
            this.graph = graph;
            this.values = values;
            this.nodes = new LinkedHashMap<>(graph.main().nodes());
        }

        StoredWeights find(Map<String, Variables.Variable> variables) {
            for (Variables.Variable variable : variables.values()) {
                if (nodes.containsKey(variable.name())) {
                    addVariable(variable);
                }
            }
            Map<String, String> shortened =
                    ValueNames.shortNames(graph.main().nodes().keySet());
            for (NodeDef node : graph.main().nodes().values()) {
                // What a loop of TensorFlow 1 makes anew in each iteration cannot be fed.
                if (ConstantWeights.isOne(node) && node.getInputCount() == 0) {
                    addConstant(node, shortened.getOrDefault(node.getName(), node.getName()));
                }
            }
            NodeGraph main =
                    redirections.apply(graph.main().with(nodes, graph.main().results()));
            FlatGraph fed = new FlatGraph(main, graph.functions()).pruned();
            return new StoredWeights(fed, weights, places, problems);
        }

        private void addVariable(Variables.Variable variable) {
            Optional<VariableValues.Stored> stored = values.of(variable, problems);
            if (stored.isEmpty()) {
                return;
            }
            OnnxTensor value = stored.get().value();
            if (!value.type().isFloating()) {
                nodes.put(variable.name(), ConstantTensors.node(variable.name(), variable.type(), value));
                return;
            }
            feed(variable.name(), variable.name(), variable.type(), value);
            places.put(variable.name(), stored.get().place());
        }

        private void feed(String node, String name, DataType type, OnnxTensor value) {
            nodes.remove(node);
            FedTensor fed = FedTensor.of(node, type, ConstantTensors.shape(value));
            fed.nodes().forEach(added -> nodes.put(added.getName(), added));
            weights.put(name, new Weight(name, fed.fed(), value.withName(name)));
        }

        /** A constant of a function that is called twice is one weight. */
        private void addConstant(NodeDef node, String name) {
            String function = text(node, FunctionInliner.ORIGIN_FUNCTION);
            String origin = function.isEmpty() ? node.getName() : text(node, FunctionInliner.ORIGIN_NODE);
            SavedNetwork.InGraph place = new SavedNetwork.InGraph(function, origin);
            TensorProto tensor = node.getAttrOrThrow("value").getTensor();
            TensorRef constant = new TensorRef(node.getName(), 0);
            TensorRef known = constants.putIfAbsent(place, constant);
            if (known != null) {
                redirections.put(constant, known);
                return;
            }
            feed(node.getName(), name, tensor.getDtype(), ConstantTensors.value(name, tensor));
            places.put(name, place);
        }

        private static String text(NodeDef node, String attribute) {
            return node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance())
                    .getS()
                    .toStringUtf8();
        }
    }
}
