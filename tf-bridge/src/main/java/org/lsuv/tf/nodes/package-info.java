/**
 * Graphs of TensorFlow as values that passes change node by node: {@link org.lsuv.tf.nodes.NodeGraph} is a graph or the
 * body of a function, in one form, {@link org.lsuv.tf.nodes.FlatGraph} a graph with the bodies that its loops and choices
 * run.
 *
 * <pre>{@code
 * NodeGraph graph = NodeGraph.of(definition.getNodeList(), results);
 * Redirections redirections = new Redirections();
 * redirections.put(dropped, kept);
 * NodeGraph changed = redirections.apply(graph).pruned();
 * }</pre>
 *
 * <p>A pass collects what is to be read in place of what ({@link org.lsuv.tf.nodes.Redirections}), puts bodies where
 * they are called ({@link org.lsuv.tf.nodes.Splice}) and makes the nodes that it adds ({@link
 * org.lsuv.tf.nodes.AttrValues}). Nodes keep the names of their source, from which {@link
 * org.lsuv.tf.nodes.ValueNames} makes those that people read.
 *
 * <p>Nothing is run here. This package refuses to know where a graph came from and what a pass is for.
 */
@NullMarked
package org.lsuv.tf.nodes;

import org.jspecify.annotations.NullMarked;
