package org.lsuv.onnx;

/**
 * Says how often a body runs.
 *
 * @param node an If, Loop or Scan of a model's main graph
 * @param attribute the attribute that holds the body: of an If, that of the branch that is taken
 * @param times the number of iterations, at least 1; 1 for a branch
 */
public record BodyRun(OnnxNode node, String attribute, int times) {
    public BodyRun {
        if (times < 1) {
            throw new IllegalArgumentException("times: expected at least 1, got " + times);
        }
    }

    /** Returns the body. */
    public OnnxGraph body() {
        return node.attributes().requireGraph(attribute);
    }
}
