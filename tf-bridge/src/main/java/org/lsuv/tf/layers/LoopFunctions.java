package org.lsuv.tf.layers;

import java.util.HashSet;
import java.util.Set;
import org.lsuv.tf.nodes.AttrValues;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorShapeProto;

/** Rewrites a loop and its functions, such as for an argument that becomes a list. */
final class LoopFunctions {
    private LoopFunctions() {}

    /** Returns the shape of a list's elements: any number of rows, and so many columns. */
    static NodeDef.Builder elementShape(String name, long columns) {
        return AttrValues.sizes(name, AttrValues.shape(Shape.of(Shape.UNKNOWN_SIZE, columns))).toBuilder();
    }

    /** Returns a function with another name, in which an argument is a list. */
    static FunctionDef withList(FunctionDef function, int argument, String name) {
        FunctionDef.Builder changed = function.toBuilder().removeArgAttr(argument);
        changed.getSignatureBuilder().setName(name);
        changed.getSignatureBuilder().getInputArgBuilder(argument).setType(DataType.DT_VARIANT);
        return changed.build();
    }

    /** Returns a body that takes products from the list, in place of the weight, instead of making them. */
    static FunctionDef withoutProduct(
            LoopBody body, NodeDef product, NodeDef item, int argument, long columns, String name) {
        FunctionDef.Builder changed =
                withList(body.function(), argument, name).toBuilder().clearNodeDef();
        String list = changed.getSignature().getInputArg(argument).getName();
        String shape = product.getName() + "/element_shape";
        Set<String> dropped = new HashSet<>();
        body.nodes().forEach(node -> {
            if (body.copies(node, argument)) {
                dropped.add("^" + node.getName());
            }
        });
        for (NodeDef node : body.nodes()) {
            if (node.getName().equals(product.getName())) {
                changed.addNodeDef(elementShape(shape, columns));
                changed.addNodeDef(NodeDef.newBuilder()
                        .setName(node.getName())
                        .setOp("TensorListGetItem")
                        .setDevice(node.getDevice())
                        .addInput(list)
                        .addInput(item.getInput(1))
                        .addInput(shape + ":output:0")
                        .putAttr("element_dtype", node.getAttrOrThrow("T")));
            } else if (!body.copies(node, argument)) {
                changed.addNodeDef(renamed(node, product.getName(), dropped));
            }
        }
        changed.getSignatureBuilder().getOutputArgBuilder(argument).setType(DataType.DT_VARIANT);
        body.function()
                .getRetMap()
                .forEach((result, tensor) -> changed.putRet(result, renamed(tensor, product.getName())));
        changed.putRet(changed.getSignature().getOutputArg(argument).getName(), list);
        return changed.build();
    }

    private static NodeDef renamed(NodeDef node, String product, Set<String> dropped) {
        NodeDef.Builder changed = node.toBuilder().clearInput();
        node.getInputList().stream()
                .filter(input -> !dropped.contains(input))
                .forEach(input -> changed.addInput(renamed(input, product)));
        return changed.build();
    }

    /** What a product is called as an output is not what an element of a list is called. */
    private static String renamed(String tensor, String product) {
        return tensor.equals(product + ":product:0") ? product + ":item:0" : tensor;
    }

    /** Returns a loop that runs other functions, with a list as one of its arguments. */
    static NodeDef loop(NodeDef loop, int argument, String list, FunctionDef body, FunctionDef condition) {
        NodeDef.Builder changed = loop.toBuilder().setInput(argument, list).removeAttr("_output_shapes");
        AttrValue.Builder types = loop.getAttrOrThrow("T").toBuilder();
        types.getListBuilder().setType(argument, DataType.DT_VARIANT);
        changed.putAttr("T", types.build());
        AttrValue.Builder shapes = loop.getAttrOrDefault("output_shapes", AttrValue.getDefaultInstance()).toBuilder();
        if (shapes.getList().getShapeCount() > argument) {
            shapes.getListBuilder().setShape(argument, TensorShapeProto.getDefaultInstance());
            changed.putAttr("output_shapes", shapes.build());
        }
        return calling(changed.build(), body, condition);
    }

    /** Returns a loop that runs other functions. */
    static NodeDef calling(NodeDef loop, FunctionDef body, FunctionDef condition) {
        return loop.toBuilder()
                .putAttr("body", called(loop.getAttrOrThrow("body"), body))
                .putAttr("cond", called(loop.getAttrOrThrow("cond"), condition))
                .build();
    }

    private static AttrValue called(AttrValue old, FunctionDef function) {
        AttrValue.Builder changed = old.toBuilder();
        changed.getFuncBuilder().setName(function.getSignature().getName());
        return changed.build();
    }

    /** Returns a name for a changed function that no other one has. */
    static String unused(Set<String> names, FunctionDef function, String ending) {
        String name = function.getSignature().getName() + ending;
        String free = name;
        for (int i = 1; names.contains(free); i++) {
            free = name + "_" + i;
        }
        return free;
    }
}
