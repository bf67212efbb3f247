package org.lsuv.onnx.layers;

/**
 * Describes a stored weight that is not initialised.
 *
 * @param weight the name of the stored tensor
 * @param layer the name of the node that multiplies by it
 * @param reason why it stays as it is
 */
public record SkippedWeight(String weight, String layer, String reason) {

    /** Returns the line that a user reads: {@code weight "w" of "conv1" is not initialised: …}. */
    @Override
    public String toString() {
        return "weight \"" + weight + "\" of \"" + layer + "\" is not initialised: " + reason;
    }
}
