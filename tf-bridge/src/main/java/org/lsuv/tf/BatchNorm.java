package org.lsuv.tf;

/**
 * Describes a batch normalisation in inference form, whose running statistics can be recalibrated.
 *
 * @param name the name in the source
 * @param input the normalised value
 * @param axis the axis of the channels in it, from −1 for the last
 * @param mean the name of the stored running mean
 * @param variance the name of the stored running variance
 */
public record BatchNorm(String name, TensorRef input, int axis, String mean, String variance) {}
