package org.lsuv.tf.onnximport.ops.flow;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.TfTypes;
import org.lsuv.tf.onnximport.Composite;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.lsuv.tf.onnximport.OptionalValue;
import org.lsuv.tf.onnximport.SequenceValue;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/** Converts operators on sequences and optionals. */
public final class SequenceOps {
    private SequenceOps() {}

    /** Adds all of them. */
    public static void addTo(OpRegistry.Table ops) {
        ops.one("SequenceConstruct", 11, SequenceOps::sequenceConstruct);
        ops.one("SequenceEmpty", 11, SequenceOps::sequenceEmpty);
        ops.one("SequenceAt", 11, SequenceOps::sequenceAt);
        ops.one("SequenceInsert", 11, SequenceOps::sequenceInsert);
        ops.one("SequenceErase", 11, SequenceOps::sequenceErase);
        ops.one("SequenceLength", 11, SequenceOps::sequenceLength);
        ops.one("SplitToSequence", 11, SequenceSplit::splitToSequence);
        ops.one("ConcatFromSequence", 11, SequenceJoin::concatFromSequence);
        ops.many("SequenceMap", 17, SequenceOps::sequenceMap);
        ops.one("Optional", 15, node -> node.has(0) ? OptionalValue.of(node.input(0)) : OptionalValue.empty());
        ops.one("OptionalHasElement", 15, SequenceOps::optionalHasElement);
        ops.one("OptionalGetElement", 15, SequenceOps::optionalGetElement);
    }

    static SequenceValue sequence(NodeContext node, int input) {
        Operand<?> value = node.input(input);
        if (value instanceof SequenceValue sequence) {
            return sequence;
        }
        throw node.malformed("input \"" + node.node().input(input) + "\" is no sequence");
    }

    private static Operand<?> sequenceConstruct(NodeContext node) {
        List<Operand<?>> elements = new ArrayList<>();
        for (int i = 0; i < node.inputCount(); i++) {
            elements.add(node.input(i));
        }
        if (elements.isEmpty()) {
            throw node.malformed("has no input; expected at least 1");
        }
        return SequenceValue.of(elements.get(0).type(), elements);
    }

    private static Operand<?> sequenceEmpty(NodeContext node) {
        long code = node.attributes().intOr("dtype", OnnxType.FLOAT.code());
        OnnxType type = OnnxType.ofCode((int) code)
                .orElseThrow(() -> node.malformedAttribute("dtype", code + " is not an element type"));
        return SequenceValue.of(TfTypes.computeType(type), List.of());
    }

    /** Returns a constant position, counted from the start; empty where it is not constant. */
    private static Optional<Integer> position(NodeContext node, int input, int length, int end) {
        if (!node.has(input)) {
            return Optional.of(end);
        }
        Optional<OnnxTensor> constant = node.constant(input);
        return constant.map(tensor -> {
            long given = tensor.elementCount() == 1 ? tensor.toLongs()[0] : Long.MIN_VALUE;
            long position = given < 0 ? given + length : given;
            if (position < 0 || position > end) {
                throw node.malformed("there is no position " + given + " in a sequence of " + length);
            }
            return (int) position;
        });
    }

    /** Returns a position that a run tells, counted from the start. */
    private static Operand<TInt32> position(NodeContext node, int input, Operand<TInt32> length) {
        Ops tf = node.tf();
        Operand<TNumber> given = ControlFlowOps.scalar(tf, node.input(input));
        Operand<TInt32> position = tf.dtypes.cast(given, TInt32.class);
        return tf.select(tf.math.less(position, tf.constant(0)), tf.math.add(position, length), position);
    }

    private static Operand<?> sequenceAt(NodeContext node) {
        SequenceValue sequence = sequence(node, 0);
        if (sequence.isKnown()) {
            int length = sequence.elements().size();
            Optional<Integer> position = position(node, 1, length, length - 1);
            if (position.isPresent()) {
                return node.tf().identity(sequence.elements().get(position.get()));
            }
        }
        Operand<?> element = TensorLists.get(node.tf(), sequence, position(node, 1, sequence.length(node.tf())));
        return TensorLists.withRank(node, element);
    }

    private static Operand<?> sequenceInsert(NodeContext node) {
        Ops tf = node.tf();
        SequenceValue sequence = sequence(node, 0);
        Operand<TType> tensor = node.input(1);
        if (sequence.isKnown()) {
            int length = sequence.elements().size();
            Optional<Integer> position = position(node, 2, length, length);
            if (position.isPresent()) {
                List<Operand<?>> elements = new ArrayList<>(sequence.elements());
                elements.add(position.get(), tensor);
                return SequenceValue.of(tensor.type(), elements);
            }
        }
        if (!node.has(2)) {
            return TensorLists.append(tf, sequence, tensor);
        }
        Operand<TInt32> length = sequence.length(tf);
        Operand<TInt32> position = position(node, 2, length);
        SequenceValue before =
                TensorLists.copy(tf, sequence, tf.constant(0), position, SequenceValue.of(tensor.type(), List.of()));
        return TensorLists.copy(tf, sequence, position, length, TensorLists.append(tf, before, tensor));
    }

    private static Operand<?> sequenceErase(NodeContext node) {
        Ops tf = node.tf();
        SequenceValue sequence = sequence(node, 0);
        if (sequence.isKnown()) {
            int length = sequence.elements().size();
            if (length == 0) {
                throw node.malformed("the sequence is empty");
            }
            Optional<Integer> position = position(node, 1, length, length - 1);
            if (position.isPresent()) {
                List<Operand<?>> elements = new ArrayList<>(sequence.elements());
                elements.remove((int) position.get());
                return SequenceValue.of(sequence.type(), elements);
            }
        }
        Operand<TInt32> length = sequence.length(tf);
        Operand<TInt32> position = node.has(1) ? position(node, 1, length) : tf.math.sub(length, tf.constant(1));
        SequenceValue before =
                TensorLists.copy(tf, sequence, tf.constant(0), position, SequenceValue.of(sequence.type(), List.of()));
        return TensorLists.copy(tf, sequence, tf.math.add(position, tf.constant(1)), length, before);
    }

    private static Operand<TInt64> sequenceLength(NodeContext node) {
        SequenceValue sequence = sequence(node, 0);
        return sequence.isKnown()
                ? node.tf().constant((long) sequence.elements().size())
                : node.tf().dtypes.cast(sequence.length(node.tf()), TInt64.class);
    }

    private static List<Operand<?>> sequenceMap(NodeContext node) {
        List<Operand<?>> inputs = new ArrayList<>();
        boolean known = true;
        for (int i = 0; i < node.inputCount(); i++) {
            Operand<?> input = node.input(i);
            inputs.add(input);
            known &= !(input instanceof SequenceValue sequence) || sequence.isKnown();
        }
        SequenceValue first = sequence(node, 0);
        if (!known) {
            return mapped(node, inputs, first);
        }
        List<List<Operand<?>>> results = new ArrayList<>();
        for (int j = 0; j < node.outputCount(); j++) {
            results.add(new ArrayList<>());
        }
        for (int i = 0; i < first.elements().size(); i++) {
            List<Operand<?>> slice = new ArrayList<>();
            for (Operand<?> input : inputs) {
                if (input instanceof SequenceValue sequence
                        && sequence.elements().size() != first.elements().size()) {
                    throw node.malformed("its sequences have different lengths");
                }
                slice.add(
                        input instanceof SequenceValue sequence
                                ? sequence.elements().get(i)
                                : input);
            }
            List<Operand<?>> outputs = node.inPlace("body", slice);
            for (int j = 0; j < results.size() && j < outputs.size(); j++) {
                results.get(j).add(outputs.get(j));
            }
        }
        List<Operand<?>> sequences = new ArrayList<>();
        for (List<Operand<?>> elements : results) {
            sequences.add(SequenceValue.of(
                    elements.isEmpty() ? first.type() : elements.get(0).type(), elements));
        }
        return sequences;
    }

    private static List<Operand<?>> mapped(NodeContext node, List<Operand<?>> inputs, SequenceValue first) {
        Ops tf = node.tf();
        List<Operand<?>> lists = inputs.stream()
                .<Operand<?>>map(input -> input instanceof SequenceValue sequence
                        ? SequenceValue.ofList(sequence.type(), sequence.list(tf))
                        : input)
                .toList();
        Operand<TInt64> length = tf.dtypes.cast(first.length(tf), TInt64.class);
        return new Iteration(node, "body", List.of(), false)
                .asLists()
                .run(length, tf.constant(true), (body, step, going, state) -> {
                    List<Operand<?>> slice = new ArrayList<>();
                    Ops inside = body.function().tf();
                    for (Operand<?> list : lists) {
                        Operand<?> argument = body.capture(list);
                        slice.add(
                                argument instanceof SequenceValue sequence
                                        ? TensorLists.get(inside, sequence, inside.dtypes.cast(step, TInt32.class))
                                        : argument);
                    }
                    return slice;
                });
    }

    private static Operand<?> optionalHasElement(NodeContext node) {
        Operand<?> value = node.has(0) ? node.input(0) : OptionalValue.empty();
        return value instanceof OptionalValue optional
                ? optional.present(node.tf())
                : node.tf().constant(true);
    }

    private static Operand<?> optionalGetElement(NodeContext node) {
        Operand<?> value = node.input(0);
        Operand<?> held = value instanceof OptionalValue optional
                ? optional.value().orElseThrow(() -> node.malformed("the optional is empty"))
                : value;
        return held instanceof Composite ? held : node.tf().identity(held);
    }
}
