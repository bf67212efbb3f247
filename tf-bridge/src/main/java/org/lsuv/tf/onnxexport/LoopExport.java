package org.lsuv.tf.onnxexport;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsuv.onnx.GraphBuilder;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfTypes;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;

/**
 * Writes a While as a Loop. Values of the state that never change are taken from around the loop. A list of tensors
 * is one tensor with an axis in front; one that each step adds an element to is what a Loop gives behind its state.
 */
final class LoopExport {
    private final NodeExport node;
    private final TfFunction body;
    private final List<Role> roles = new ArrayList<>();

    /** Lists what a value of the state can be. */
    private enum Role {
        /** It never changes. */
        CONSTANT,
        /** It goes from step to step. */
        CARRIED,
        /** It is a list in which step i sets element i, and which nothing reads before the end. */
        COLLECTED,
        /** It is a list of one element that each step sets. */
        LAST
    }

    LoopExport(NodeExport node) {
        this.node = node;
        List<Shape> shapes = shapes(node);
        this.body = TfFunction.of(node.scope().graph(), function(node, "body"), shapes);
        for (int i = 0; i < body.arguments().size(); i++) {
            roles.add(role(i));
        }
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

    private Role role(int state) {
        TensorRef result = body.results().get(state);
        TensorRef argument = body.arguments().get(state);
        if (body.argument(result) == state) {
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
        if (counter >= 0 && counts(counter) && reaches(counter, state)) {
            return Role.COLLECTED;
        }
        throw node.unsupported("a list in which a step sets another element than the next one is not supported");
    }

    private TfNode initial(int state) {
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
    private boolean counts(int state) {
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

    /** Tells whether the loop runs as many steps as a list has elements: while the counter is below its size. */
    private boolean reaches(int counter, int state) {
        TfFunction condition = TfFunction.of(node.scope().graph(), function(node, "cond"), List.of());
        TensorRef size = initial(state).inputs().get(1);
        return condition.graph().nodes().values().stream()
                .filter(test -> test.op().equals("Less"))
                .filter(test -> condition.argument(test.inputs().get(0)) == counter)
                .anyMatch(test -> {
                    int limit = condition.argument(test.inputs().get(1));
                    return limit >= 0
                            && roles(limit)
                            && isSame(size, node.node().inputs().get(limit));
                });
    }

    private boolean roles(int limit) {
        return body.argument(body.results().get(limit)) == limit;
    }

    private boolean isSame(TensorRef one, TensorRef other) {
        Optional<OnnxTensor> first = node.scope().constants().value(one);
        Optional<OnnxTensor> second = node.scope().constants().value(other);
        if (first.isEmpty() || second.isEmpty()) {
            return origin(one).equals(origin(other));
        }
        return first.get().toLongs()[0] == second.get().toLongs()[0];
    }

    private TensorRef origin(TensorRef tensor) {
        TensorRef origin = tensor;
        while (node.scope().graph().node(origin).op().equals("Identity")) {
            origin = node.scope().graph().node(origin).inputs().get(0);
        }
        return origin;
    }

    void write() {
        GraphBuilder outer = outer();
        GraphBuilder inner = outer.inner(node.node().name() + "/body");
        Map<TensorRef, OnnxTensor> known = new HashMap<>();
        for (int i = 0; i < roles.size(); i++) {
            if (roles.get(i) == Role.CONSTANT) {
                int state = i;
                node.constant(i).ifPresent(value -> known.put(body.arguments().get(state), value));
            }
        }
        GraphScope scope = new GraphScope(body.graph(), GraphConstants.of(body.graph(), known), inner, Map.of());
        List<String> initial = new ArrayList<>();
        List<String> states = new ArrayList<>();
        for (int i = 0; i < roles.size(); i++) {
            states.add(argument(scope, i, initial));
        }
        String first = condition(outer, initialStates());
        String step = outer.freeName(node.node().name() + "/step");
        String going = outer.freeName(node.node().name() + "/going");
        inner.input(scalar(step, OnnxType.INT64));
        inner.input(scalar(going, OnnxType.BOOL));
        for (int i = 0; i < roles.size(); i++) {
            if (roles.get(i) == Role.CARRIED || roles.get(i) == Role.LAST) {
                inner.input(value(states.get(i), type(i)));
            }
        }
        node.exporter().convert(scope, setters());
        finish(scope, inner, states);
        List<String> operands = new ArrayList<>(List.of("", first));
        operands.addAll(initial);
        outer.setPrefix(node.node().name());
        node.draft("Loop", operands.toArray(String[]::new))
                .withGraph("body", inner)
                .addAs(results());
    }

    private GraphBuilder outer() {
        return node.scope().onnx();
    }

    /** Returns the operations that set elements of lists which are written in another way. */
    private Set<String> setters() {
        Set<String> setters = new HashSet<>();
        for (int i = 0; i < roles.size(); i++) {
            if (roles.get(i) == Role.COLLECTED || roles.get(i) == Role.LAST) {
                setters.add(body.origin(body.results().get(i)).op());
            }
        }
        return setters;
    }

    /** Says what an argument of the body is, and adds the initial value of one that goes from step to step. */
    private String argument(GraphScope scope, int state, List<String> initial) {
        TensorRef argument = body.arguments().get(state);
        switch (roles.get(state)) {
            case CONSTANT -> {
                if (body.graph().uses(argument) == 0 && node.node().types().get(state) == DataType.DT_VARIANT) {
                    return "";
                }
                String name = node.in(state);
                scope.define(argument, name);
                return name;
            }
            case COLLECTED -> {
                return "";
            }
            case LAST -> initial.add(emptyList(state));
            case CARRIED -> initial.add(node.in(state));
        }
        String name = scope.onnx().freeName(node.node().name() + "/" + argument.op());
        scope.define(argument, name);
        return name;
    }

    /** Returns something to start from; the first step replaces it. */
    private String emptyList(int state) {
        TfNode set = body.graph().node(body.origin(body.results().get(state)));
        Shape element = body.graph().shape(set.inputs().get(2));
        if (element.isUnknown()) {
            throw node.unsupported("the rank of the elements of a list is not known");
        }
        long[] sizes = new long[element.numDimensions() + 1];
        return node.store(OnnxTensor.ofNumbers("", type(state), sizes));
    }

    /** Returns the element type of a state, that of its elements for a list. */
    private OnnxType type(int state) {
        DataType type = node.node().types().get(state);
        if (type != DataType.DT_VARIANT) {
            return TfTypes.onnxType(type);
        }
        AttrValue element = initial(state).attributes().get("element_dtype");
        if (element == null) {
            throw node.unsupported("the type of a list is not known");
        }
        return TfTypes.onnxType(element.getType());
    }

    private List<Optional<String>> initialStates() {
        List<Optional<String>> states = new ArrayList<>();
        for (int i = 0; i < roles.size(); i++) {
            boolean list = node.node().types().get(i) == DataType.DT_VARIANT;
            states.add(list ? Optional.empty() : Optional.of(node.in(i)));
        }
        return states;
    }

    /** Writes the test of a state into a graph. */
    private String condition(GraphBuilder onnx, List<Optional<String>> states) {
        TfFunction condition = TfFunction.of(node.scope().graph(), function(node, "cond"), shapes(node));
        Map<TensorRef, OnnxTensor> known = new HashMap<>();
        for (int i = 0; i < roles.size(); i++) {
            if (roles.get(i) == Role.CONSTANT) {
                int state = i;
                node.constant(i)
                        .ifPresent(value -> known.put(condition.arguments().get(state), value));
            }
        }
        GraphScope scope =
                new GraphScope(condition.graph(), GraphConstants.of(condition.graph(), known), onnx, Map.of());
        for (int i = 0; i < states.size(); i++) {
            TensorRef argument = condition.arguments().get(i);
            states.get(i).ifPresent(name -> scope.define(argument, name));
        }
        node.exporter().convert(scope);
        return scope.name(condition.results().get(0));
    }

    private void finish(GraphScope scope, GraphBuilder inner, List<String> states) {
        List<Optional<String>> next = new ArrayList<>();
        List<OnnxValue> carried = new ArrayList<>();
        List<OnnxValue> collected = new ArrayList<>();
        for (int i = 0; i < roles.size(); i++) {
            TensorRef result = body.results().get(i);
            inner.setPrefix(node.node().name());
            switch (roles.get(i)) {
                case CONSTANT -> next.add(states.get(i).isEmpty() ? Optional.empty() : Optional.of(states.get(i)));
                case COLLECTED -> {
                    TfNode set = body.graph().node(body.origin(result));
                    collected.add(value(own(inner, scope.name(set.inputs().get(2))), type(i)));
                    next.add(Optional.empty());
                }
                case LAST -> {
                    TfNode set = body.graph().node(body.origin(result));
                    String zero = outer().freeName(node.node().name() + "/axis");
                    inner.initializer(OnnxTensor.ofLongs(zero, new long[] {1}, 0));
                    String list = inner.node(
                                    "Unsqueeze", scope.name(set.inputs().get(2)), zero)
                            .add();
                    carried.add(value(list, type(i)));
                    next.add(Optional.empty());
                }
                case CARRIED -> {
                    String name = own(inner, scope.name(result));
                    carried.add(value(name, type(i)));
                    next.add(Optional.of(name));
                }
            }
        }
        inner.output(value(own(inner, condition(inner, next)), OnnxType.BOOL));
        carried.forEach(inner::output);
        collected.forEach(inner::output);
    }

    /** A graph gives out values of its own only, each once. */
    private static String own(GraphBuilder inner, String value) {
        return inner.node("Identity", value).add();
    }

    private static OnnxValue value(String name, OnnxType type) {
        return new OnnxValue(name, type, Optional.empty(), OnnxValue.Kind.TENSOR);
    }

    private static OnnxValue scalar(String name, OnnxType type) {
        return new OnnxValue(name, type, Optional.of(OnnxShape.of()), OnnxValue.Kind.TENSOR);
    }

    private List<String> results() {
        List<String> carried = new ArrayList<>();
        List<String> collected = new ArrayList<>();
        for (int i = 0; i < roles.size(); i++) {
            if (roles.get(i) == Role.CONSTANT) {
                node.passes(i, i);
                continue;
            }
            String name = node.scope().newName(node.node().output(i), Optional.empty());
            node.is(i, name);
            (roles.get(i) == Role.COLLECTED ? collected : carried).add(name);
        }
        carried.addAll(collected);
        return carried;
    }
}
