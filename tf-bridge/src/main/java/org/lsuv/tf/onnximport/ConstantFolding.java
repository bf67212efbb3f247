package org.lsuv.tf.onnximport;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.HostTensors;
import org.lsuv.tf.Weight;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.op.Ops;

/**
 * Computes values that the graph's inputs have no influence on, one node after another, each in a graph of
 * its own: TensorFlow prepares a whole graph anew for each value that is fetched from it, and exported
 * networks have hundreds of computed shapes.
 */
final class ConstantFolding {
    private final OnnxImporter importer;
    private final OnnxModel model;
    private final OpRegistry registry;

    ConstantFolding(OnnxImporter importer, OnnxModel model, OpRegistry registry) {
        this.importer = importer;
        this.model = model;
        this.registry = registry;
    }

    /** Computes a value and what it is made of, as far as it is not known; tells whether that went well. */
    boolean fold(String name, GraphValues values) {
        Deque<String> open = new ArrayDeque<>(List.of(name));
        while (!open.isEmpty()) {
            if (values.known(open.element()).isPresent()) {
                open.remove();
                continue;
            }
            Optional<OnnxNode> node =
                    values.producer(open.element()).filter(found -> values.isConstant(open.element()));
            if (node.isEmpty()) {
                return false;
            }
            List<String> missing = OnnxImporter.reads(node.get())
                    .filter(input -> values.known(input).isEmpty())
                    .distinct()
                    .toList();
            missing.forEach(open::push);
            if (missing.isEmpty() && !compute(node.get(), values)) {
                return false;
            }
        }
        return true;
    }

    private boolean compute(OnnxNode node, GraphValues values) {
        long opset = model.opset(node);
        OpConverter converter = registry.find(new OpRegistry.OpName(node.domain(), node.opType()), opset)
                .orElseThrow();
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            GraphValues alone = values.forNode(node, graph, tf);
            List<? extends Operand<?>> results = converter.convert(new NodeContext(node, opset, tf, alone, importer));
            if (results.stream().anyMatch(Composite.class::isInstance)) {
                return false;
            }
            return run(graph, results, node, alone, values);
        } catch (TensorFlowException
                | IllegalArgumentException
                | UnsupportedOperationException
                | UnsupportedModelException notBeforeTheGraphRuns) {
            return false;
        }
    }

    private static boolean run(
            Graph graph, List<? extends Operand<?>> results, OnnxNode node, GraphValues alone, GraphValues values) {
        List<Tensor> fed = new ArrayList<>();
        try (Session session = new Session(graph)) {
            Session.Runner runner = session.runner();
            List<String> wanted = new ArrayList<>();
            for (int i = 0; i < Math.min(results.size(), node.outputs().size()); i++) {
                if (!node.output(i).isEmpty()) {
                    wanted.add(node.output(i));
                    runner.fetch(results.get(i));
                }
            }
            for (Weight large : alone.weights().values()) {
                fed.add(HostTensors.toTensorFlow(large.value()));
                runner.feed(large.tensor().op(), large.tensor().index(), fed.get(fed.size() - 1));
            }
            try (Result result = runner.run()) {
                for (int i = 0; i < wanted.size(); i++) {
                    OnnxTensor value = HostTensors.toHost(wanted.get(i), result.get(i));
                    values.remember(wanted.get(i), value);
                }
            }
            return true;
        } finally {
            fed.forEach(Tensor::close);
        }
    }
}
