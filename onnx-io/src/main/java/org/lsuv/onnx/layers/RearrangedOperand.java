package org.lsuv.onnx.layers;

import java.util.Set;

/**
 * Holds a weight or a bias that nodes of the graph put together from stored tensors, by rearranging alone.
 *
 * @param value the name of what the operator reads
 * @param sources the names of the stored tensors that its elements come from
 * @param nodes the positions in the file of the nodes on the way
 */
public record RearrangedOperand(String value, Set<String> sources, Set<Integer> nodes) {
    public RearrangedOperand {
        sources = Set.copyOf(sources);
        nodes = Set.copyOf(nodes);
    }
}
