package org.lsuv.tf.onnximport.ops.attention;

import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.family.TNumber;

/** Converts FlexAttention, whose scores and probabilities may pass through graphs that the node holds. */
final class FlexAttentionConverter {
    private FlexAttentionConverter() {}

    static Operand<?> flexAttention(NodeContext node) {
        Ops tf = node.tf();
        for (int i = 0; i < 3; i++) {
            if (node.rank(i) != 4) {
                throw node.malformed("expected Q, K and V with 4 axes, got the shape " + node.shape(i));
            }
        }
        Operand<TNumber> queries = node.input(0);
        Operand<TNumber> values = node.input(2);
        Operand<TNumber> scores = DotProduct.scores(node, queries, node.input(1), DotProduct.scale(node, queries));
        // The 16-bit types are computed in float32 everywhere, so that only the widest is left to ask for.
        boolean wide = node.attributes().intOr("softmax_precision", 0) == 11;
        Operand<TNumber> precise = wide ? ElementTypes.as(tf, scores, TFloat64.class) : scores;
        Operand<TNumber> probabilities = changed(node, "prob_mod", tf.nn.softmax(changed(node, "score_mod", precise)));
        Operand<TNumber> y =
                DotProduct.weighted(node, probabilities, ElementTypes.as(tf, values, probabilities.type()));
        return ElementTypes.as(tf, y, values.type());
    }

    private static Operand<TNumber> changed(NodeContext node, String graph, Operand<TNumber> x) {
        return node.attributes().has(graph)
                ? NodeContext.cast(node.inPlace(graph, List.of(x)).get(0))
                : x;
    }
}
