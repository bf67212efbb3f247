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
 * @param reset whether a factor meets the state before that weight does, as the reset gate of a GRU
 * @param lengths the place of the numbers of steps, one a row, behind which a row's state stays as it is
 * @param content which of the equal parts of the sum goes through tanh, if one alone does
 */
record RecurrentStep(OptionalInt bias, OptionalInt state, boolean reset, OptionalInt lengths, OptionalInt content) {
    private static final Set<String> SELECTING = Set.of("Select", "SelectV2");
    private static final Set<String> ADDING = Set.of("Add", "AddV2", "BiasAdd");

    /**
     * Reads the body of a loop.
     *
     * @param item takes the input of the product from a list
     * @param outputs the number of outputs of the product
     * @param weights finds how an argument is made from a weight
     */
    static RecurrentStep of(
            LoopBody body,
            NodeDef item,
            NodeDef product,
            long outputs,
            Function<OptionalInt, Optional<WeightPath>> weights) {
        Set<String> sums = sums(body, product);
        Optional<NodeDef> state = state(body, product, outputs, weights);
        return new RecurrentStep(
                bias(body, sums, outputs, weights),
                state.map(node -> body.invariant(node.getInput(1))).orElseGet(OptionalInt::empty),
                state.filter(node -> body.maker(body.original(node.getInput(0)), "Mul")
                                .isPresent())
                        .isPresent(),
                lengths(body, body.original(item.getInput(1))),
                content(body, sums));
    }

    /** Finds {@code time >= lengths}, by which {@code Select} takes what was before. */
    private static OptionalInt lengths(LoopBody body, String time) {
        Set<Integer> places = new HashSet<>();
        for (NodeDef node : body.nodes()) {
            Optional<NodeDef> past = SELECTING.contains(node.getOp())
                    ? body.maker(body.original(node.getInput(0)), "GreaterEqual")
                    : Optional.empty();
            past.filter(test -> body.original(test.getInput(0)).equals(time))
                    .map(test -> body.invariant(test.getInput(1)))
                    .ifPresent(place -> place.ifPresent(places::add));
        }
        return places.size() == 1 ? OptionalInt.of(places.iterator().next()) : OptionalInt.empty();
    }

    /** Returns the names of the product and of everything that it is a term of. */
    private static Set<String> sums(LoopBody body, NodeDef product) {
        Set<String> sums = new HashSet<>(Set.of(product.getName()));
        for (boolean grows = true; grows; ) {
            grows = false;
            for (NodeDef node : body.nodes()) {
                grows |= ADDING.contains(node.getOp())
                        && LoopBody.inputs(node).stream().anyMatch(input -> sums.contains(maker(body, input)))
                        && sums.add(node.getName());
            }
        }
        return sums;
    }

    private static OptionalInt bias(
            LoopBody body, Set<String> sums, long outputs, Function<OptionalInt, Optional<WeightPath>> weights) {
        OptionalInt found = OptionalInt.empty();
        for (NodeDef node : body.nodes()) {
            if (!ADDING.contains(node.getOp()) || !sums.contains(node.getName())) {
                continue;
            }
            for (String input : LoopBody.inputs(node)) {
                OptionalInt argument = body.invariant(input);
                boolean fits = weights.apply(argument)
                        .filter(path -> path.operandShape().equals(List.of(outputs)))
                        .isPresent();
                found = fits ? argument : found;
            }
        }
        return found;
    }

    private static OptionalInt content(LoopBody body, Set<String> sums) {
        Set<Integer> places = new HashSet<>();
        for (NodeDef node : body.nodes()) {
            Optional<NodeDef> split = node.getOp().equals("Tanh")
                    ? body.maker(body.original(node.getInput(0)), "Split")
                    : Optional.empty();
            boolean takes = split.filter(found -> sums.contains(maker(body, found.getInput(1))))
                    .isPresent();
            if (takes) {
                String part = body.original(node.getInput(0));
                places.add(Integer.parseInt(part.substring(part.lastIndexOf(':') + 1)));
            }
        }
        return places.size() == 1 ? OptionalInt.of(places.iterator().next()) : OptionalInt.empty();
    }

    private static String maker(LoopBody body, String tensor) {
        return LoopBody.node(body.original(tensor));
    }

    private static Optional<NodeDef> state(
            LoopBody body, NodeDef product, long outputs, Function<OptionalInt, Optional<WeightPath>> weights) {
        List<NodeDef> found = new ArrayList<>();
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
                found.add(node);
            }
        }
        return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
    }
}
