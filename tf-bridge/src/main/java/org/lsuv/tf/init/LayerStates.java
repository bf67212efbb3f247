package org.lsuv.tf.init;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** Holds the state of each layer that is initialised. */
final class LayerStates {
    private final Map<String, LayerState> states = new HashMap<>();

    LayerStates(List<LayerGroup> groups, LsuvOptions options) {
        groups.forEach(group -> states.put(group.weight(), new LayerState(group, options.of(group.leader()))));
    }

    LayerState of(LayerGroup group) {
        LayerState state = states.get(group.weight());
        if (state == null) {
            throw new IllegalStateException("no state of " + group.weight());
        }
        return state;
    }

    /** Returns the states of the layers that have no target but that of their branch. */
    Stream<LayerState> takenBy(Branch branch) {
        return Branches.takesLayers(branch)
                ? branch.join().last().stream()
                        .map(layer -> states.get(layer.weight().source()))
                        .filter(Objects::nonNull)
                : Stream.empty();
    }
}
