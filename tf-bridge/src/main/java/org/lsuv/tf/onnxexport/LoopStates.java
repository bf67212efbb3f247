package org.lsuv.tf.onnxexport;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.TensorRef;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;

/** Tells what each value of the state of a While is for. */
final class LoopStates {
    private final NodeExport node;
    private final TfFunction body;
    private final EqualSizes sizes;
    private final List<Role> roles = new ArrayList<>();

    /** Lists what a value of the state can be. */
    enum Role {
        /** It never changes. */
        CONSTANT,
        /** It goes from step to step. */
        CARRIED,
        /** It is a list in which step i sets element i, and which nothing reads before the end. */
        COLLECTED,
        /** It is a list of one element that each step sets. */
        LAST
    }

    LoopStates(NodeExport node) {
        this.node = node;
        this.sizes = new EqualSizes(node.scope());
        this.body = TfFunction.of(node.scope().graph(), function(node, "body"), shapes(node));
        for (int i = 0; i < body.arguments().size(); i++) {
            roles.add(find(i));
        }
    }

    /** Returns what a step computes. */
    TfFunction body() {
        return body;
    }

    /** Returns what tells whether there is another step. */
    TfFunction condition() {
        return TfFunction.of(node.scope().graph(), function(node, "cond"), shapes(node));
    }

    int size() {
        return roles.size();
    }

    Role role(int state) {
        return roles.get(state);
    }

    /** Returns the values that never change, by the argument that stands for them in a function. */
    Map<TensorRef, OnnxTensor> constants(TfFunction function) {
        Map<TensorRef, OnnxTensor> known = new HashMap<>();
        for (int i = 0; i < roles.size(); i++) {
            if (roles.get(i) == Role.CONSTANT) {
                TensorRef argument = function.arguments().get(i);
                node.constant(i).ifPresent(value -> known.put(argument, value));
            }
        }
        return known;
    }

    private static String function(NodeExport node, String attribute) {
        return node.attribute(attribute)
                .map(AttrValue::getFunc)
                .orElseThrow(() -> node.unsupported("it names no function as \"" + attribute + "\""))
                .getName();
    }

    /** What a loop declares of its state holds in all steps; what its first operands are need not. */
    private static List<Shape> shapes(NodeExport node) {
        return node.attribute("output_shapes").map(value -> value.getList().getShapeList()).orElse(List.of()).stream()
                .map(shape -> shape.getUnknownRank()
                        ? Shape.unknown()
                        : Shape.of(shape.getDimList().stream()
                                .mapToLong(dim -> dim.getSize())
                                .toArray()))
                .toList();
    }

    private Role find(int state) {
        TensorRef result = body.results().get(state);
        TensorRef argument = body.arguments().get(state);
        if (isConstant(state)) {
            return Role.CONSTANT;
        }
        if (node.node().types().get(state) != DataType.DT_VARIANT) {
            return Role.CARRIED;
        }
        TfNode last = body.graph().node(body.origin(result));
        boolean onlySet = last.op().equals("TensorListSetItem")
                && body.argument(last.inputs().get(0)) == state
                && body.graph().uses(argument) == 1;
        if (!onlySet || !initial(state).op().equals("TensorListReserve")) {
            return Role.CARRIED;
        }
        if (isSingle(state) && isZero(last.inputs().get(1))) {
            return Role.LAST;
        }
        int counter = body.argument(last.inputs().get(1));
        if (counter >= 0 && counts(counter)) {
            return Role.COLLECTED;
        }
        throw node.unsupported("a list in which a step sets another element than the next one is not supported");
    }

    /** Tells whether a loop sets all elements of a list that it collects; the others stay zeros. */
    boolean fills(int state) {
        TensorRef size = initial(state).inputs().get(1);
        boolean grows =
                body.graph().node(body.origin(body.results().get(state))).flag("resize_if_index_out_of_bounds");
        boolean empty = node.scope()
                .constants()
                .value(size)
                .filter(value -> value.toLongs()[0] == 0)
                .isPresent();
        return (grows && empty)
                || LoopLimits.of(node, this)
                        .filter(limits -> limits.size() == 1 && sizes.areSame(size, limits.get(0)))
                        .isPresent();
    }

    /** Returns the operation that gives a state before the first step. */
    TfNode initial(int state) {
        NodeExport producer = node.producer(state);
        return producer.op().equals("Identity") ? producer.producer(0).node() : producer.node();
    }

    private boolean isSingle(int state) {
        return node.scope()
                .constants()
                .value(initial(state).inputs().get(1))
                .filter(size -> size.toLongs()[0] == 1)
                .isPresent();
    }

    /** Tells whether an index inside of the body is 0: a constant there, or one that is passed in. */
    private boolean isZero(TensorRef index) {
        int argument = body.argument(index);
        if (argument >= 0) {
            return body.argument(body.results().get(argument)) == argument
                    && node.constant(argument)
                            .filter(value -> value.toLongs()[0] == 0)
                            .isPresent();
        }
        return GraphConstants.of(body.graph())
                .value(index)
                .filter(value -> value.toLongs()[0] == 0)
                .isPresent();
    }

    /** Tells whether a value of the state is 0 at first and one more after each step. */
    boolean counts(int state) {
        TfNode next = body.graph().node(body.origin(body.results().get(state)));
        if (!next.op().startsWith("Add")
                || node.constant(state).filter(value -> value.toLongs()[0] == 0).isEmpty()) {
            return false;
        }
        GraphConstants constants = GraphConstants.of(body.graph());
        return body.argument(next.inputs().get(0)) == state
                && constants
                        .value(next.inputs().get(1))
                        .filter(value -> value.toLongs()[0] == 1)
                        .isPresent();
    }

    /** Tells whether a value of the state never changes. */
    boolean isConstant(int state) {
        return body.argument(body.results().get(state)) == state;
    }

    /** Tells which numbers around the loop are the same. */
    EqualSizes sizes() {
        return sizes;
    }

    /** Returns the tensor around the loop that one there is, passed through operations that change nothing. */
    TensorRef origin(TensorRef tensor) {
        return sizes.origin(tensor);
    }
}
