package org.lsuv.tf.layers;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import org.lsuv.onnx.layers.WeightPath;
import org.tensorflow.proto.NodeDef;

/**
 * Describes what a loop does with the product of its input and a weight.
 *
 * @param bias the place among the arguments of what is added to it, if that is a weight
 * @param state the place of the weight that the state is multiplied by, if there is one of as many outputs
 */
record RecurrentStep(OptionalInt bias, OptionalInt state) {
    private static final Set<String> ADDING = Set.of("Add", "AddV2", "BiasAdd");

    /**
     * Reads the body of a loop.
     *
     * @param outputs the number of outputs of the product
     * @param weights finds how an argument is made from a weight
     */
    static RecurrentStep of(
            LoopBody body, NodeDef product, long outputs, Function<OptionalInt, Optional<WeightPath>> weights) {
        return new RecurrentStep(bias(body, product, outputs, weights), state(body, product, outputs, weights));
    }

    private static OptionalInt bias(
            LoopBody body, NodeDef product, long outputs, Function<OptionalInt, Optional<WeightPath>> weights) {
        Set<String> sums = new HashSet<>(Set.of(product.getName()));
        OptionalInt found = OptionalInt.empty();
        for (boolean grows = true; grows; ) {
            grows = false;
            for (NodeDef node : body.nodes()) {
                List<String> inputs = LoopBody.inputs(node);
                boolean adds = ADDING.contains(node.getOp())
                        && inputs.stream().anyMatch(input -> sums.contains(maker(body, input)));
                if (!adds || !sums.add(node.getName())) {
                    continue;
                }
                grows = true;
                for (String input : inputs) {
                    OptionalInt argument = body.invariant(input);
                    boolean fits = weights.apply(argument)
                            .filter(path -> path.operandShape().equals(List.of(outputs)))
                            .isPresent();
                    found = fits ? argument : found;
                }
            }
        }
        return found;
    }

    private static String maker(LoopBody body, String tensor) {
        return body.original(tensor).split(":", 2)[0];
    }

    private static OptionalInt state(
            LoopBody body, NodeDef product, long outputs, Function<OptionalInt, Optional<WeightPath>> weights) {
        List<OptionalInt> found = new ArrayList<>();
        for (NodeDef node : body.nodes()) {
            if (!node.getOp().equals("MatMul") || node.getName().equals(product.getName())) {
                continue;
            }
            boolean plain = !GraphView.flag(node, "transpose_a") && !GraphView.flag(node, "transpose_b");
            OptionalInt argument = body.invariant(node.getInput(1));
            boolean fits = weights.apply(argument)
                    .map(WeightPath::operandShape)
                    .filter(shape -> plain
                            && shape.size() == 2
                            && shape.get(1) == outputs
                            && shape.get(0) > 0
                            && outputs % shape.get(0) == 0)
                    .isPresent();
            if (fits) {
                found.add(argument);
            }
        }
        return found.size() == 1 ? found.get(0) : OptionalInt.empty();
    }
}
