package org.lsuv.tf.onnxexport;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsuv.tf.TensorRef;
import org.tensorflow.proto.DataType;

/** Reads how often a While runs: as long as its counters stay below limits that never change. */
final class LoopLimits {
    private final NodeExport node;
    private final LoopStates states;
    private final TfFunction condition;
    private final List<TensorRef> limits = new ArrayList<>();

    private LoopLimits(NodeExport node, LoopStates states) {
        this.node = node;
        this.states = states;
        this.condition = states.condition();
    }

    /**
     * Returns numbers, the least of which the loop runs as often as; each is there once. Empty if it ends in another
     * way, too.
     */
    static Optional<List<TensorRef>> of(NodeExport node, LoopStates states) {
        LoopLimits limits = new LoopLimits(node, states);
        return limits.add(limits.condition.results().get(0)) ? Optional.of(limits.limits) : Optional.empty();
    }

    private boolean add(TensorRef test) {
        TfNode check = condition.graph().node(condition.origin(test));
        if (check.op().equals("LogicalAnd")) {
            return check.inputs().stream().allMatch(this::add);
        }
        if (!check.op().equals("Less")) {
            return false;
        }
        int counter = condition.argument(check.inputs().get(0));
        int limit = condition.argument(check.inputs().get(1));
        boolean counts =
                counter >= 0 && node.node().types().get(counter) != DataType.DT_VARIANT && states.counts(counter);
        if (!counts || limit < 0 || !states.isConstant(limit)) {
            return false;
        }
        TensorRef found = states.sizes().simplified(node.ref(limit));
        if (limits.stream().noneMatch(known -> states.sizes().areSame(known, found))) {
            limits.add(found);
        }
        return true;
    }
}
