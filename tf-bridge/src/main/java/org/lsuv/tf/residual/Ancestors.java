package org.lsuv.tf.residual;

import java.util.Comparator;
import java.util.HashSet;
import java.util.PriorityQueue;
import java.util.Set;
import org.lsuv.tf.TensorRef;

/** Finds what a value is made from, no further back than it is asked for. */
final class Ancestors {
    private final DataFlow flow;
    private final Set<TensorRef> seen = new HashSet<>();
    private final PriorityQueue<TensorRef> open;

    Ancestors(DataFlow flow, TensorRef of) {
        this.flow = flow;
        this.open = new PriorityQueue<>(Comparator.<TensorRef>comparingInt(tensor -> -flow.position(tensor)));
        add(of);
    }

    private void add(TensorRef tensor) {
        if (seen.add(tensor)) {
            open.add(tensor);
        }
    }

    /** Tells whether the value is made from another one, or is that one. */
    boolean contains(TensorRef tensor) {
        int position = flow.position(tensor);
        while (!open.isEmpty() && flow.position(open.element()) > position) {
            flow.dataInputs(flow.position(open.remove())).forEach(this::add);
        }
        return seen.contains(tensor);
    }
}
