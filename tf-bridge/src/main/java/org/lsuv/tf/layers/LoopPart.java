package org.lsuv.tf.layers;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Writes a loop with some of the state of another one, and a list behind it.
 *
 * @param places what is kept of the state
 * @param list what the list is called inside
 */
record LoopPart(Set<Integer> places, String list) {
    LoopPart {
        places = new TreeSet<>(places);
    }

    /** Returns where a value of the state is now. */
    int place(int before) {
        return List.copyOf(places).indexOf(before);
    }

    /** Returns where the list is. */
    int listPlace() {
        return places.size();
    }

    /**
     * Returns the body with some of its nodes.
     *
     * @param renamed gives what is read in place of a tensor
     * @param more other nodes
     * @param result what the list is after a step
     */
    FunctionDef body(
            LoopBody body,
            String name,
            Set<String> nodes,
            UnaryOperator<String> renamed,
            List<NodeDef> more,
            String result) {
        FunctionDef.Builder part = signature(body.function(), name).clearRet().clearNodeDef();
        OpDef.Builder signature = part.getSignatureBuilder().clearOutputArg();
        for (int place : places) {
            OpDef.ArgDef output = body.function().getSignature().getOutputArg(place);
            signature.addOutputArg(output);
            part.putRet(output.getName(), renamed.apply(body.result(place)));
        }
        signature.addOutputArgBuilder().setName(list).setType(DataType.DT_VARIANT);
        part.putRet(list, result);
        for (NodeDef node : body.nodes()) {
            if (nodes.contains(node.getName())) {
                NodeDef.Builder kept = node.toBuilder().clearInput();
                node.getInputList().stream()
                        .filter(input -> !input.startsWith("^") || nodes.contains(input.substring(1)))
                        .forEach(input -> kept.addInput(input.startsWith("^") ? input : renamed.apply(input)));
                part.addNodeDef(kept);
            }
        }
        return part.addAllNodeDef(more).build();
    }

    /** Returns the condition for this part of the state. */
    FunctionDef condition(LoopBody condition, String name) {
        return signature(condition.function(), name).build();
    }

    private FunctionDef.Builder signature(FunctionDef function, String name) {
        FunctionDef.Builder part = function.toBuilder().clearArgAttr().clearResourceArgUniqueId();
        OpDef.Builder signature = part.getSignatureBuilder().setName(name).clearInputArg();
        places.forEach(place -> signature.addInputArg(function.getSignature().getInputArg(place)));
        signature.addInputArgBuilder().setName(list).setType(DataType.DT_VARIANT);
        return part;
    }

    /** Returns the loop around these functions. */
    NodeDef loop(NodeDef loop, String name, String passed, FunctionDef body, FunctionDef condition) {
        NodeDef.Builder part = loop.toBuilder().setName(name).clearInput().removeAttr("_output_shapes");
        places.forEach(place -> part.addInput(loop.getInput(place)));
        part.addInput(passed);
        loop.getInputList().stream().skip(LoopBody.inputs(loop).size()).forEach(part::addInput);
        AttrValue.ListValue types = loop.getAttrOrThrow("T").getList();
        AttrValue.Builder kept = AttrValue.newBuilder();
        places.forEach(place -> kept.getListBuilder().addType(types.getType(place)));
        kept.getListBuilder().addType(DataType.DT_VARIANT);
        part.putAttr("T", kept.build());
        AttrValue.ListValue shapes = loop.getAttrOrDefault("output_shapes", AttrValue.getDefaultInstance())
                .getList();
        if (shapes.getShapeCount() > 0) {
            AttrValue.Builder all = AttrValue.newBuilder();
            places.forEach(place -> all.getListBuilder().addShape(shapes.getShape(place)));
            all.getListBuilder().addShape(TensorShapeProto.getDefaultInstance());
            part.putAttr("output_shapes", all.build());
        }
        return LoopFunctions.calling(part.build(), body, condition);
    }
}
