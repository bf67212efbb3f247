package org.lsuv.tf;

/**
 * Names a value that one node of the source computes on the way to its outputs, such as the projected input
 * of an LSTM: {@code gates} of the node that computes {@code Y}.
 *
 * @param output the name of the node's first output that is there
 * @param name the name inside of the node
 */
public record InnerValue(String output, String name) {
    @Override
    public String toString() {
        return output + "/" + name;
    }
}
