package org.lsuv.tf.onnxexport;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.TensorRef;
import org.tensorflow.proto.AttrValue;

/** Tells whether numbers around a loop are the same: constants, or sizes that are computed again and again. */
final class EqualSizes {
    private static final Set<String> COMPUTING =
            Set.of("Const", "Shape", "StridedSlice", "Cast", "Minimum", "Maximum", "Squeeze", "GatherV2");
    private static final int MOST_STEPS = 8;

    private final TfGraph graph;
    private final GraphConstants constants;

    EqualSizes(GraphScope scope) {
        this.graph = scope.graph();
        this.constants = scope.constants();
    }

    /** Returns the tensor that one is, passed through operations that change nothing. */
    TensorRef origin(TensorRef tensor) {
        TensorRef origin = tensor;
        while (graph.node(origin).op().equals("Identity")) {
            origin = graph.node(origin).inputs().get(0);
        }
        return origin;
    }

    /** Returns n for min(n, max(m, n)), which is how TensorFlow 1 bounds the steps of a recurrent layer. */
    TensorRef simplified(TensorRef number) {
        TensorRef origin = origin(number);
        TfNode node = graph.node(origin);
        if (!node.op().equals("Minimum")) {
            return origin;
        }
        TensorRef one = node.inputs().get(0);
        TensorRef other = node.inputs().get(1);
        return isNoLess(other, one) ? origin(one) : isNoLess(one, other) ? origin(other) : origin;
    }

    private boolean isNoLess(TensorRef large, TensorRef small) {
        TfNode node = graph.node(origin(large));
        return areSame(large, small)
                || (node.op().equals("Maximum") && node.inputs().stream().anyMatch(input -> areSame(input, small)));
    }

    /** Tells whether two numbers are equal in every run. */
    boolean areSame(TensorRef one, TensorRef other) {
        return areSame(simplified(one), simplified(other), MOST_STEPS);
    }

    private boolean areSame(TensorRef one, TensorRef other, int steps) {
        TensorRef first = origin(one);
        TensorRef second = origin(other);
        if (first.equals(second)) {
            return true;
        }
        Optional<OnnxTensor> value = constants.value(first);
        Optional<OnnxTensor> otherValue = constants.value(second);
        if (value.isPresent() || otherValue.isPresent()) {
            return value.isPresent() && otherValue.isPresent() && areEqual(value.get(), otherValue.get());
        }
        TfNode node = graph.node(first);
        TfNode otherNode = graph.node(second);
        List<TensorRef> inputs = node.inputs();
        boolean alike = steps > 0
                && COMPUTING.contains(node.op())
                && node.op().equals(otherNode.op())
                && first.index() == second.index()
                && attributes(node).equals(attributes(otherNode))
                && inputs.size() == otherNode.inputs().size();
        for (int i = 0; alike && i < inputs.size(); i++) {
            alike = areSame(inputs.get(i), otherNode.inputs().get(i), steps - 1);
        }
        return alike;
    }

    private static boolean areEqual(OnnxTensor one, OnnxTensor other) {
        return !one.type().isFloating() && !other.type().isFloating() && Arrays.equals(one.toLongs(), other.toLongs());
    }

    private static Map<String, AttrValue> attributes(TfNode node) {
        return node.attributes().entrySet().stream()
                .filter(attribute -> !attribute.getKey().startsWith("_"))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}
