package org.lsuv.onnx.layers;

import org.lsuv.onnx.OnnxNode;

/**
 * Describes a batch normalisation in inference form.
 *
 * @param name the name of the node; that of its output where the node has none
 * @param node the node
 * @param mean the name of the stored running mean
 * @param variance the name of the stored running variance
 */
public record OnnxBatchNorm(String name, OnnxNode node, String mean, String variance) {}
