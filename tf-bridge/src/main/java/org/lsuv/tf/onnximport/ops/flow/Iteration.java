package org.lsuv.tf.onnximport.ops.flow;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.tf.ControlFlow;
import org.lsuv.tf.FunctionGraph;
import org.lsuv.tf.onnximport.InnerGraph;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.SequenceValue;
import org.lsuv.tf.onnximport.ValueForm;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/**
 * Runs the body of a node again and again: some of its outputs are the state for the next time, the others are
 * stacked, one row a time.
 */
final class Iteration {
    /** The number of the step, whether to go on, how many steps there may be. */
    private static final int COUNTERS = 3;

    private final NodeContext node;
    private final String attribute;
    private final List<Operand<?>> initial;
    private final boolean conditional;
    private boolean lists;
    private final List<ValueForm> forms = new ArrayList<>();

    /** Says what the body gets in one step. */
    @FunctionalInterface
    interface Inputs {
        List<Operand<?>> of(InnerGraph body, Operand<TInt64> step, Operand<TBool> going, List<Operand<?>> state);
    }

    /**
     * @param initial the state before the first step
     * @param conditional whether the body's first output tells if to go on
     */
    Iteration(NodeContext node, String attribute, List<Operand<?>> initial, boolean conditional) {
        this.node = node;
        this.attribute = attribute;
        this.initial = initial;
        this.conditional = conditional;
        initial.forEach(value -> forms.add(ValueForm.of(value)));
    }

    /** Keeps the other outputs apart, as sequences, instead of stacking them. */
    Iteration asLists() {
        lists = true;
        return this;
    }

    /** What one import of the body gave. */
    private record Step(List<Operand<?>> state, List<Operand<?>> rows) {}

    /**
     * Adds the loop.
     *
     * @return the last state, then what was stacked
     */
    List<Operand<?>> run(Operand<TInt64> trips, Operand<TBool> keep, Inputs inputs) {
        List<Shape> shapes = new ArrayList<>();
        while (true) {
            List<ValueForm> before = List.copyOf(forms);
            try (InnerGraph body = node.body(attribute)) {
                List<Operand<?>> start = new ArrayList<>(List.of(node.tf().constant(0L), keep, trips));
                for (int i = 0; i < forms.size(); i++) {
                    start.addAll(forms.get(i).parts(node.tf(), initial.get(i)));
                }
                for (int i = shapes.size(); i < start.size(); i++) {
                    shapes.add(start.get(i).shape());
                }
                List<Operand<?>> arguments = new ArrayList<>();
                for (int i = 0; i < start.size(); i++) {
                    arguments.add(
                            body.function().argument(start.get(i).asOutput().dataType(), shapes.get(i)));
                }
                Step step = step(body, arguments, inputs);
                if (!forms.equals(before)) {
                    // A value turned out to be optional: its parts are others.
                    shapes.clear();
                } else if (!ControlFlow.widen(shapes, step.state())) {
                    return finish(body, start, shapes, step);
                }
            }
        }
    }

    private Step step(InnerGraph body, List<Operand<?>> arguments, Inputs inputs) {
        Ops tf = body.function().tf();
        Operand<TInt64> number = NodeContext.cast(arguments.get(0));
        Operand<TBool> going = NodeContext.cast(arguments.get(1));
        Iterator<Operand<?>> parts =
                arguments.subList(COUNTERS, arguments.size()).iterator();
        List<Operand<?>> state = new ArrayList<>();
        forms.forEach(form -> state.add(form.value(parts)));
        List<Operand<?>> outputs = body.build(inputs.of(body, number, going, state));
        int first = conditional ? 1 : 0;
        if (outputs.size() < first + forms.size()) {
            throw node.malformed(
                    "the body has " + outputs.size() + " outputs; expected at least " + (first + forms.size()));
        }
        List<Operand<?>> next = new ArrayList<>();
        next.add(tf.math.add(number, tf.constant(1L)));
        next.add(conditional ? ControlFlowOps.scalar(tf, NodeContext.<TBool>cast(outputs.get(0))) : going);
        next.add(arguments.get(2));
        List<Operand<?>> values = outputs.subList(first, first + forms.size());
        for (int i = 0; i < forms.size(); i++) {
            forms.set(i, forms.get(i).or(ValueForm.of(values.get(i))));
        }
        for (int i = 0; i < forms.size(); i++) {
            next.addAll(forms.get(i).parts(tf, values.get(i)));
        }
        return new Step(next, outputs.subList(first + forms.size(), outputs.size()));
    }

    private List<Operand<?>> finish(InnerGraph body, List<Operand<?>> start, List<Shape> shapes, Step step) {
        Ops inside = body.function().tf();
        int fixed = start.size();
        // The lists of rows stand between the state and what the body reads from outside.
        List<Output<?>> order = new ArrayList<>(body.function().arguments().subList(0, fixed));
        List<Operand<?>> next = new ArrayList<>(step.state());
        for (Operand<?> row : step.rows()) {
            Operand<?> empty = SequenceValue.empty(node.tf(), row.type());
            Output<?> list = body.function().argument(empty);
            order.add(list);
            start.add(empty);
            shapes.add(empty.shape());
            next.add(SequenceValue.raw(inside, "TensorListPushBack", row.type(), list, row));
        }
        body.captured().values().forEach(outside -> {
            start.add(outside);
            shapes.add(outside.shape());
        });
        order.addAll(body.capturedArguments());
        next.addAll(body.capturedArguments());
        body.function().reorder(order);
        try (FunctionGraph test = new FunctionGraph()) {
            for (int i = 0; i < start.size(); i++) {
                test.argument(start.get(i).asOutput().dataType(), shapes.get(i));
            }
            List<Output<?>> last =
                    ControlFlow.loop(node.tf(), start, shapes, test, List.of(goesOn(test)), body.function(), next);
            return results(last, fixed, step.rows());
        }
    }

    private static Operand<TBool> goesOn(FunctionGraph test) {
        Operand<TInt64> number = NodeContext.cast(test.arguments().get(0));
        Operand<TBool> going = NodeContext.cast(test.arguments().get(1));
        Operand<TInt64> trips = NodeContext.cast(test.arguments().get(2));
        return test.tf().math.logicalAnd(going, test.tf().math.less(number, trips));
    }

    private List<Operand<?>> results(List<Output<?>> last, int fixed, List<Operand<?>> rows) {
        Iterator<Output<?>> parts = last.subList(COUNTERS, fixed).iterator();
        List<Operand<?>> results = new ArrayList<>();
        forms.forEach(form -> results.add(form.value(parts)));
        List<OnnxValue> declared = node.attributes().requireGraph(attribute).outputs();
        for (int i = 0; i < rows.size(); i++) {
            if (lists) {
                results.add(SequenceValue.ofList(rows.get(i).type(), last.get(fixed + i)));
                continue;
            }
            OnnxValue output = declared.get(declared.size() - rows.size() + i);
            Shape shape = rows.get(i).shape();
            if (shape.isUnknown() && output.shape().isPresent()) {
                long[] unknown = new long[output.shape().map(OnnxShape::rank).orElse(0)];
                java.util.Arrays.fill(unknown, Shape.UNKNOWN_SIZE);
                shape = Shape.of(unknown);
            }
            results.add(stacked(node.tf(), last.get(fixed + i), rows.get(i).type(), shape));
        }
        return results;
    }

    /** Without any row TensorFlow wants to know the shape of one: open sizes are 0 then. */
    private static Operand<?> stacked(Ops tf, Operand<?> list, Class<? extends TType> type, Shape row) {
        if (row.isUnknown()) {
            return stack(tf, list, tf.constant(-1), type);
        }
        long[] sizes = row.asArray();
        int[] open = new int[sizes.length];
        int[] none = new int[sizes.length];
        long[] all = new long[sizes.length + 1];
        all[0] = Shape.UNKNOWN_SIZE;
        for (int i = 0; i < sizes.length; i++) {
            open[i] = (int) sizes[i];
            none[i] = (int) Math.max(0, sizes[i]);
            all[i + 1] = sizes[i];
        }
        Operand<TInt32> length =
                NodeContext.cast(org.tensorflow.op.core.TensorListLength.create(tf.scope(), cast(list)));
        Operand<TInt32> shape = tf.select(tf.math.equal(length, tf.constant(0)), tf.constant(none), tf.constant(open));
        return tf.ensureShape(stack(tf, list, shape, type), Shape.of(all));
    }

    private static Operand<? extends TType> cast(Operand<?> list) {
        return NodeContext.cast(list);
    }

    private static Operand<?> stack(Ops tf, Operand<?> list, Operand<TInt32> shape, Class<? extends TType> type) {
        return SequenceValue.raw(tf, "TensorListStack", type, list, shape);
    }
}
