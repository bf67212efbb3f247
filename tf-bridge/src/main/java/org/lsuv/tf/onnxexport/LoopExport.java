package org.lsuv.tf.onnxexport;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
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
    private final LoopStates states;
    private final Map<Integer, String> unfilled = new LinkedHashMap<>();

    LoopExport(NodeExport node) {
        this.node = node;
        this.states = new LoopStates(node);
        this.body = states.body();
    }

    void write() {
        GraphBuilder outer = outer();
        GraphBuilder inner = outer.inner(node.node().name() + "/body");
        GraphConstants constants = GraphConstants.of(body.graph(), states.constants(body));
        GraphScope scope = new GraphScope(body.graph(), constants, inner, Map.of());
        List<String> initial = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < states.size(); i++) {
            names.add(argument(scope, i, initial));
        }
        String first = condition(outer, initialStates());
        String step = outer.freeName(node.node().name() + "/step");
        String going = outer.freeName(node.node().name() + "/going");
        inner.input(scalar(step, OnnxType.INT64));
        inner.input(scalar(going, OnnxType.BOOL));
        for (int i = 0; i < states.size(); i++) {
            if (states.role(i) == LoopStates.Role.CARRIED || states.role(i) == LoopStates.Role.LAST) {
                inner.input(value(names.get(i), type(i)));
            }
        }
        node.exporter().convert(scope, setters());
        finish(scope, inner, names);
        List<String> operands = new ArrayList<>(List.of("", first));
        operands.addAll(initial);
        outer.setPrefix(node.node().name());
        node.draft("Loop", operands.toArray(String[]::new))
                .withGraph("body", inner)
                .addAs(results());
        unfilled.forEach(this::lengthen);
    }

    /** Adds zeros for the elements of a list that no step sets. */
    private void lengthen(int state, String set) {
        String sizes = node.add("Shape", set);
        String found = node.add("Slice", sizes, node.longs(0), node.longs(1));
        String room = node.reshape(
                node.cast(node.scope().name(states.initial(state).inputs().get(1)), OnnxType.INT64), 1);
        String missing = node.add("Max", node.add("Sub", room, found), node.longs(0));
        String rest = node.add("Slice", sizes, node.longs(1), node.longs(Integer.MAX_VALUE));
        String shape = node.draft("Concat", missing, rest).with("axis", 0).add();
        String zeros = node.add("Expand", node.scalar(type(state), 0), shape);
        node.give(state, node.draft("Concat", set, zeros).with("axis", 0));
    }

    private GraphBuilder outer() {
        return node.scope().onnx();
    }

    /** Returns the operations that set elements of lists which are written in another way. */
    private Set<String> setters() {
        Set<String> setters = new HashSet<>();
        for (int i = 0; i < states.size(); i++) {
            if (states.role(i) == LoopStates.Role.COLLECTED || states.role(i) == LoopStates.Role.LAST) {
                setters.add(body.origin(body.results().get(i)).op());
            }
        }
        return setters;
    }

    /** Says what an argument of the body is, and adds the initial value of one that goes from step to step. */
    private String argument(GraphScope scope, int state, List<String> initial) {
        TensorRef argument = body.arguments().get(state);
        switch (states.role(state)) {
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
        AttrValue element = states.initial(state).attributes().get("element_dtype");
        if (element == null) {
            throw node.unsupported("the type of a list is not known");
        }
        return TfTypes.onnxType(element.getType());
    }

    private List<Optional<String>> initialStates() {
        List<Optional<String>> names = new ArrayList<>();
        for (int i = 0; i < states.size(); i++) {
            boolean list = node.node().types().get(i) == DataType.DT_VARIANT;
            names.add(list ? Optional.empty() : Optional.of(node.in(i)));
        }
        return names;
    }

    /** Writes the test of a state into a graph. */
    private String condition(GraphBuilder onnx, List<Optional<String>> names) {
        TfFunction condition = states.condition();
        GraphConstants constants = GraphConstants.of(condition.graph(), states.constants(condition));
        GraphScope scope = new GraphScope(condition.graph(), constants, onnx, Map.of());
        for (int i = 0; i < names.size(); i++) {
            TensorRef argument = condition.arguments().get(i);
            names.get(i).ifPresent(name -> scope.define(argument, name));
        }
        node.exporter().convert(scope);
        return scope.name(condition.results().get(0));
    }

    private void finish(GraphScope scope, GraphBuilder inner, List<String> names) {
        List<Optional<String>> next = new ArrayList<>();
        List<OnnxValue> carried = new ArrayList<>();
        List<OnnxValue> collected = new ArrayList<>();
        for (int i = 0; i < states.size(); i++) {
            TensorRef result = body.results().get(i);
            inner.setPrefix(node.node().name());
            switch (states.role(i)) {
                case CONSTANT -> next.add(names.get(i).isEmpty() ? Optional.empty() : Optional.of(names.get(i)));
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
        for (int i = 0; i < states.size(); i++) {
            if (states.role(i) == LoopStates.Role.CONSTANT) {
                node.passes(i, i);
                continue;
            }
            boolean all = states.role(i) != LoopStates.Role.COLLECTED || states.fills(i);
            String name = all ? node.scope().newName(node.node().output(i), Optional.empty()) : node.name(i);
            if (states.role(i) != LoopStates.Role.COLLECTED) {
                carried.add(name);
            } else {
                collected.add(name);
                if (!all) {
                    unfilled.put(i, name);
                    continue;
                }
            }
            node.is(i, name);
        }
        carried.addAll(collected);
        return carried;
    }
}
