package org.lsuv.tf.onnximport.ops.flow;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.ControlFlow;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.onnximport.InnerGraph;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.lsuv.tf.onnximport.SequenceValue;
import org.lsuv.tf.onnximport.ValueForm;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/** Converts control flow into functions of TensorFlow. */
public final class ControlFlowOps {
    private ControlFlowOps() {}

    /** Adds all of them. */
    public static void addTo(OpRegistry.Table ops) {
        ops.many("If", 1, ControlFlowOps::choice);
        ops.many("Loop", 1, ControlFlowOps::loop);
        ops.many("Scan", 8, ScanConverter::scan8);
        ops.many("Scan", 9, ScanConverter::scan9);
    }

    private static List<Operand<?>> choice(NodeContext node) {
        Optional<OnnxTensor> known = node.constant(0);
        if (known.isPresent()) {
            if (known.get().elementCount() != 1) {
                throw node.malformed("the condition has " + known.get().elementCount() + " elements; expected 1");
            }
            return node.inPlace(known.get().toLongs()[0] != 0 ? "then_branch" : "else_branch", List.of());
        }
        try (InnerGraph then = node.body("then_branch");
                InnerGraph otherwise = node.body("else_branch")) {
            return choice(node, then, then.build(List.of()), otherwise, otherwise.build(List.of()));
        }
    }

    private static List<Operand<?>> choice(
            NodeContext node,
            InnerGraph then,
            List<Operand<?>> thenOutputs,
            InnerGraph otherwise,
            List<Operand<?>> elseOutputs) {
        if (thenOutputs.size() != elseOutputs.size()) {
            throw node.malformed("the branches have " + thenOutputs.size() + " and " + elseOutputs.size() + " outputs");
        }
        Ops tf = node.tf();
        List<ValueForm> forms = new ArrayList<>();
        List<Integer> lengths = new ArrayList<>();
        List<Operand<?>> thenParts = new ArrayList<>();
        List<Operand<?>> elseParts = new ArrayList<>();
        for (int i = 0; i < thenOutputs.size(); i++) {
            Operand<?> one = thenOutputs.get(i);
            Operand<?> other = elseOutputs.get(i);
            ValueForm form = ValueForm.of(one).or(ValueForm.of(other));
            int length = commonLength(one, other);
            forms.add(form);
            lengths.add(length);
            if (length >= 0) {
                thenParts.addAll(((SequenceValue) one).elements());
                elseParts.addAll(((SequenceValue) other).elements());
            } else {
                thenParts.addAll(form.parts(then.function().tf(), one));
                elseParts.addAll(form.parts(otherwise.function().tf(), other));
            }
        }
        List<Operand<?>> inputs = takeSame(then, otherwise);
        Operand<TBool> condition = scalar(tf, node.input(0));
        List<Output<?>> chosen = thenParts.isEmpty()
                ? List.of()
                : ControlFlow.choice(
                        tf, condition, inputs, then.function(), thenParts, otherwise.function(), elseParts);
        Iterator<Output<?>> parts = chosen.iterator();
        List<Operand<?>> results = new ArrayList<>();
        for (int i = 0; i < forms.size(); i++) {
            if (lengths.get(i) < 0) {
                results.add(forms.get(i).value(parts));
                continue;
            }
            List<Operand<?>> elements = new ArrayList<>();
            for (int j = 0; j < lengths.get(i); j++) {
                elements.add(parts.next());
            }
            results.add(SequenceValue.of(((SequenceValue) thenOutputs.get(i)).type(), elements));
        }
        return results;
    }

    /** Returns the length that two sequences share, −1 where they are no sequences of one known length. */
    private static int commonLength(Operand<?> one, Operand<?> other) {
        return one instanceof SequenceValue a
                        && other instanceof SequenceValue b
                        && a.isKnown()
                        && b.isKnown()
                        && a.elements().size() == b.elements().size()
                ? a.elements().size()
                : -1;
    }

    /** Gives both branches the same arguments: what either of them reads from outside. */
    private static List<Operand<?>> takeSame(InnerGraph then, InnerGraph otherwise) {
        Map<TensorRef, Operand<?>> all = new LinkedHashMap<>(then.captured());
        all.putAll(otherwise.captured());
        List<Operand<?>> inputs = List.copyOf(all.values());
        for (InnerGraph branch : List.of(then, otherwise)) {
            List<Output<?>> order = new ArrayList<>();
            inputs.forEach(input -> order.add(branch.capture(input).asOutput()));
            branch.function().reorder(order);
        }
        return inputs;
    }

    private static List<Operand<?>> loop(NodeContext node) {
        Ops tf = node.tf();
        List<Operand<?>> initial = new ArrayList<>();
        for (int i = 2; i < node.inputCount(); i++) {
            initial.add(node.input(i));
        }
        if (runsOnce(node)) {
            return once(node, initial);
        }
        Operand<TInt64> trips = node.has(0) ? scalar(tf, node.input(0)) : tf.constant(Long.MAX_VALUE);
        Operand<TBool> keep = node.has(1) ? scalar(tf, node.input(1)) : tf.constant(true);
        return new Iteration(node, "body", initial, true).run(trips, keep, (body, step, going, state) -> {
            List<Operand<?>> inputs = new ArrayList<>(List.of(step, going));
            inputs.addAll(state);
            return inputs;
        });
    }

    /** Tells whether constants say that the body runs once: what it says of going on then plays no part. */
    private static boolean runsOnce(NodeContext node) {
        return is(node, 0, 1) && (!node.has(1) || is(node, 1, 1));
    }

    private static boolean is(NodeContext node, int input, long value) {
        return node.constant(input)
                .filter(given -> given.elementCount() == 1 && given.toLongs()[0] == value)
                .isPresent();
    }

    /** Puts the body in place of the loop: sequences that it fills stay lists of tensors of known ranks. */
    private static List<Operand<?>> once(NodeContext node, List<Operand<?>> initial) {
        Ops tf = node.tf();
        List<Operand<?>> inputs = new ArrayList<>(List.of(tf.constant(0L), tf.constant(true)));
        inputs.addAll(initial);
        List<Operand<?>> results = new ArrayList<>(node.inPlace("body", inputs));
        int carried = 1 + initial.size();
        results.subList(carried, results.size()).replaceAll(scanned -> tf.expandDims(scanned, tf.constant(0)));
        return results.subList(1, results.size());
    }

    /** Some exporters give a single value as a list of one. */
    static <T extends TType> Operand<T> scalar(Ops tf, Operand<T> value) {
        return !value.shape().isUnknown() && value.shape().numDimensions() == 0
                ? value
                : tf.reshape(value, tf.constant(new long[0]));
    }
}
