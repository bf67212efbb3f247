package org.lsuv.tf.onnxexport;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.lsuv.onnx.GraphBuilder;
import org.lsuv.onnx.NodeDraft;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.tf.TensorRef;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;

/** Writes an If, whose branches take what they read from around it. */
final class ChoiceExport {
    private final NodeExport node;

    ChoiceExport(NodeExport node) {
        this.node = node;
    }

    void write() {
        String condition = node.in(0);
        if (node.type(0) != OnnxType.BOOL) {
            condition = node.cast(condition, OnnxType.BOOL);
        }
        GraphBuilder holds = branch("then_branch");
        GraphBuilder otherwise = branch("else_branch");
        node.scope().onnx().setPrefix(node.node().name());
        NodeDraft draft =
                node.draft("If", condition).withGraph("then_branch", holds).withGraph("else_branch", otherwise);
        node.giveAll(draft, Optional.empty());
    }

    private GraphBuilder branch(String attribute) {
        String function = node.attribute(attribute)
                .map(AttrValue::getFunc)
                .orElseThrow(() -> node.unsupported("it names no function as \"" + attribute + "\""))
                .getName();
        int count = node.inputs() - 1;
        List<Shape> shapes =
                IntStream.range(0, count).mapToObj(i -> node.shape(i + 1)).toList();
        TfFunction body = TfFunction.of(node.scope().graph(), function, shapes);
        GraphBuilder inner = node.scope().onnx().inner(node.node().name() + "/" + attribute);
        Map<TensorRef, OnnxTensor> known = new HashMap<>();
        for (int i = 0; i < count; i++) {
            TensorRef argument = body.arguments().get(i);
            node.constant(i + 1).ifPresent(value -> known.put(argument, value));
        }
        GraphScope scope = new GraphScope(body.graph(), GraphConstants.of(body.graph(), known), inner, Map.of());
        for (int i = 0; i < count; i++) {
            scope.define(body.arguments().get(i), node.in(i + 1));
        }
        node.exporter().convert(scope);
        inner.setPrefix(node.node().name());
        List<OnnxValue> outputs = new ArrayList<>();
        for (int i = 0; i < body.results().size(); i++) {
            String own =
                    inner.node("Identity", scope.name(body.results().get(i))).add();
            outputs.add(new OnnxValue(own, node.outType(i), Optional.empty(), OnnxValue.Kind.TENSOR));
        }
        outputs.forEach(inner::output);
        return inner;
    }
}
