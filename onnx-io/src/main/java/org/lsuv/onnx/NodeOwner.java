package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.NodeProto;

/** Takes the nodes that a {@link NodeDraft} makes, and makes up names for them. */
abstract class NodeOwner {
    /** Returns a name that nothing has yet. */
    abstract String newName();

    /** Takes a node that is complete. */
    abstract void add(NodeProto.Builder node);
}
