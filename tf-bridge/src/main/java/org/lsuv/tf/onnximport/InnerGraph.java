package org.lsuv.tf.onnximport;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.tf.FunctionGraph;
import org.lsuv.tf.TensorRef;
import org.tensorflow.Operand;
import org.tensorflow.Output;

/**
 * Imports a graph that an attribute holds, as a function of its own. What it reads from the graphs around it
 * becomes arguments of the function.
 */
public final class InnerGraph implements AutoCloseable {
    private final OnnxImporter importer;
    private final OnnxNode holder;
    private final OnnxGraph onnx;
    private final FunctionGraph function = new FunctionGraph();
    private final GraphValues values;
    private final Map<TensorRef, Operand<?>> captured = new LinkedHashMap<>();
    private final Map<TensorRef, Output<?>> arguments = new LinkedHashMap<>();

    InnerGraph(OnnxImporter importer, OnnxNode holder, String attribute, GraphValues outer) {
        this.importer = importer;
        this.holder = holder;
        this.onnx = holder.attributes().requireGraph(attribute);
        this.values = new GraphValues(onnx, outer, holder.output(0) + "/" + attribute, function, this::capture);
    }

    /** Returns the function, to which arguments may be added. */
    public FunctionGraph function() {
        return function;
    }

    /** Returns the argument that stands for a value outside. */
    public Operand<?> capture(Operand<?> outside) {
        if (outside instanceof SequenceValue sequence) {
            return sequence.isKnown()
                    ? SequenceValue.of(
                            sequence.type(),
                            sequence.elements().stream().map(this::capture).toList())
                    : SequenceValue.ofList(sequence.type(), capture(sequence.list(function.tf())));
        } else if (outside instanceof OptionalValue optional) {
            return optional.value().isEmpty()
                    ? optional
                    : optional.isOpen()
                            ? OptionalValue.of(
                                    NodeContext.cast(capture(optional.present(function.tf()))),
                                    capture(optional.value().get()))
                            : OptionalValue.of(capture(optional.value().get()));
        }
        TensorRef name = TensorRef.of(outside);
        captured.putIfAbsent(name, outside);
        return arguments.computeIfAbsent(name, key -> function.argument(outside));
    }

    /** Returns the values outside that the function takes, in the order in which it began to take them. */
    public Map<TensorRef, Operand<?>> captured() {
        return captured;
    }

    /** Returns the arguments that stand for them. */
    public List<Output<?>> capturedArguments() {
        return List.copyOf(arguments.values());
    }

    /** Builds the graph and returns its outputs. */
    public List<Operand<?>> build(List<? extends Operand<?>> inputs) {
        importer.convertInner(holder, onnx, values, inputs);
        return outputs(values, onnx);
    }

    static List<Operand<?>> outputs(GraphValues values, OnnxGraph onnx) {
        List<Operand<?>> outputs = new ArrayList<>();
        for (OnnxValue output : onnx.outputs()) {
            outputs.add(values.operand(output.name()));
        }
        return outputs;
    }

    static void requireInputs(OnnxNode holder, OnnxGraph onnx, int given) {
        if (onnx.inputs().size() != given) {
            throw new OnnxFormatException(
                    holder.describe() + ": the body has " + onnx.inputs().size() + " inputs, but is given " + given);
        }
    }

    @Override
    public void close() {
        function.close();
    }
}
