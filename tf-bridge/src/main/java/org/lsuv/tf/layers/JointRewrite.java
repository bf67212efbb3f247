package org.lsuv.tf.layers;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * Rewrites a loop and its functions, so that the body multiplies what lies side by side by a kernel each, and adds the
 * products. The second kernel is a new argument, the last one.
 */
final class JointRewrite {
    private final LoopBody body;
    private final NodeDef product;
    private final List<String> sides;
    private final String argument;
    private final String result;

    /**
     * @param product the product of both sides with one kernel
     * @param sides input and state
     */
    JointRewrite(LoopBody body, NodeDef product, List<String> sides) {
        this.body = body;
        this.product = product;
        this.sides = sides;
        Set<String> taken = new HashSet<>();
        OpDef signature = body.function().getSignature();
        body.nodes().forEach(node -> taken.add(node.getName()));
        signature.getInputArgList().forEach(input -> taken.add(input.getName()));
        signature.getOutputArgList().forEach(output -> taken.add(output.getName()));
        this.argument = unused(taken, "state_kernel");
        taken.add(argument);
        this.result = unused(taken, "state_kernel_after");
    }

    private static String unused(Set<String> taken, String name) {
        String free = name;
        for (int i = 1; taken.contains(free); i++) {
            free = name + "_" + i;
        }
        return free;
    }

    private DataType type() {
        return product.getAttrOrThrow("T").getType();
    }

    /** Returns the body under another name. */
    FunctionDef body(String name) {
        FunctionDef.Builder changed = body.function().toBuilder().clearNodeDef();
        changed.getSignatureBuilder().setName(name);
        changed.getSignatureBuilder().addInputArgBuilder().setName(argument).setType(type());
        changed.getSignatureBuilder().addOutputArgBuilder().setName(result).setType(type());
        String whole = product.getName() + ":product:0";
        String past = product.getName() + "/state";
        String sum = product.getName() + "/sum";
        for (NodeDef node : body.nodes()) {
            if (node.getName().equals(product.getName())) {
                changed.addNodeDef(product.toBuilder().setInput(0, sides.get(0)));
                changed.addNodeDef(product.toBuilder()
                        .setName(past)
                        .setInput(0, sides.get(1))
                        .setInput(1, argument));
                changed.addNodeDef(NodeDef.newBuilder()
                        .setName(sum)
                        .setOp("AddV2")
                        .addInput(whole)
                        .addInput(past + ":product:0")
                        .putAttr("T", product.getAttrOrThrow("T")));
            } else {
                NodeDef.Builder reader = node.toBuilder().clearInput();
                node.getInputList().forEach(input -> reader.addInput(input.equals(whole) ? sum + ":z:0" : input));
                changed.addNodeDef(reader);
            }
        }
        body.function()
                .getRetMap()
                .forEach((output, tensor) -> changed.putRet(output, tensor.equals(whole) ? sum + ":z:0" : tensor));
        return changed.putRet(result, argument).build();
    }

    /** Returns the condition under another name. */
    FunctionDef condition(FunctionDef condition, String name) {
        Set<String> taken = new HashSet<>();
        condition.getNodeDefList().forEach(node -> taken.add(node.getName()));
        condition.getSignature().getInputArgList().forEach(input -> taken.add(input.getName()));
        condition.getSignature().getOutputArgList().forEach(output -> taken.add(output.getName()));
        FunctionDef.Builder changed = condition.toBuilder();
        changed.getSignatureBuilder().setName(name);
        changed.getSignatureBuilder()
                .addInputArgBuilder()
                .setName(unused(taken, argument))
                .setType(type());
        return changed.build();
    }

    /**
     * Returns a loop with the kernels that it is given instead of one.
     *
     * @param place the place of the one
     * @param input the placeholder of the kernel of the input
     * @param state the placeholder of the kernel of the state
     */
    static NodeDef loop(NodeDef loop, int place, NodeDef input, NodeDef state) {
        int tensors = LoopBody.inputs(loop).size();
        NodeDef.Builder changed = loop.toBuilder().clearInput().removeAttr("_output_shapes");
        for (int i = 0; i < tensors; i++) {
            changed.addInput(i == place ? input.getName() : loop.getInput(i));
        }
        changed.addInput(state.getName());
        loop.getInputList().stream().skip(tensors).forEach(changed::addInput);
        AttrValue.Builder types = loop.getAttrOrThrow("T").toBuilder();
        types.getListBuilder().addType(state.getAttrOrThrow("dtype").getType());
        changed.putAttr("T", types.build());
        AttrValue shapes = loop.getAttrOrDefault("output_shapes", AttrValue.getDefaultInstance());
        if (shapes.getList().getShapeCount() > 0) {
            AttrValue.Builder all = shapes.toBuilder();
            all.getListBuilder()
                    .setShape(place, input.getAttrOrThrow("shape").getShape())
                    .addShape(state.getAttrOrThrow("shape").getShape());
            changed.putAttr("output_shapes", all.build());
        }
        return changed.build();
    }
}
