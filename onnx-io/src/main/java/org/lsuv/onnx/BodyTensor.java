package org.lsuv.onnx;

/**
 * Says where a tensor is stored that is inside the body of an If, Loop or Scan.
 *
 * @param body the way to the body: the position of a node and the name of its attribute, once for each level, such as
 *     {@code 12/body/3/then_branch}
 * @param name the name that the tensor has there
 */
record BodyTensor(String body, String name) {}
