package org.lsuv.tf.onnximport;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.tf.GraphRewrite;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfInput;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;
import org.lsuv.tf.TfTypes;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.TensorListLength;
import org.tensorflow.types.TInt32;

/**
 * Runs a case of the backend suite that takes or gives sequences and optionals.
 *
 * @param model the model
 * @param compare returns how a result differs from what is expected, which comes first
 */
public record CompositeCase(OnnxModel model, BiFunction<OnnxTensor, OnnxTensor, Optional<String>> compare) {

    /** Tells whether a model has such an input or output. */
    public static boolean isOne(OnnxModel model) {
        return Stream.concat(model.graph().inputs().stream(), model.graph().outputs().stream())
                .anyMatch(value -> value.kind() == OnnxValue.Kind.SEQUENCE || value.kind() == OnnxValue.Kind.OPTIONAL);
    }

    /** Returns why one set of data fails; empty if it passes. */
    public Optional<String> failure(Path set) throws IOException {
        Map<String, long[]> shapes = new HashMap<>();
        Map<String, List<long[]>> sequences = new HashMap<>();
        Map<String, OnnxTensor> feeds = new LinkedHashMap<>();
        List<OnnxValue> inputs = model.graph().inputs();
        for (int i = 0; i < inputs.size(); i++) {
            String name = inputs.get(i).name();
            Path file = set.resolve("input_" + i + ".pb");
            if (inputs.get(i).kind() == OnnxValue.Kind.TENSOR) {
                feeds.put(name, OnnxReader.readTensor(file));
                continue;
            }
            Data data = Data.read(file, inputs.get(i).kind());
            if (data.sequence()) {
                sequences.put(
                        name, data.tensors().stream().map(OnnxTensor::shape).toList());
                for (int j = 0; j < data.tensors().size(); j++) {
                    feeds.put(name + "[" + j + "]", data.tensors().get(j));
                }
            } else if (!data.tensors().isEmpty()) {
                shapes.put(name, data.tensors().get(0).shape());
                feeds.put(name, data.tensors().get(0));
            }
        }
        TfModel imported = OnnxImporter.load(model, new ImportOptions(shapes, sequences));
        List<OnnxValue> outputs = model.graph().outputs();
        for (int i = 0; i < outputs.size(); i++) {
            OnnxValue output = outputs.get(i);
            Path file = set.resolve("output_" + i + ".pb");
            Data expected = output.kind() == OnnxValue.Kind.TENSOR
                    ? new Data(true, false, List.of(OnnxReader.readTensor(file)))
                    : Data.read(file, output.kind());
            Optional<String> difference = difference(imported, feeds, output.name(), expected);
            if (difference.isPresent()) {
                return difference.map(text -> "output \"" + output.name() + "\": " + text);
            }
        }
        return Optional.empty();
    }

    private Optional<String> difference(TfModel imported, Map<String, OnnxTensor> feeds, String name, Data expected) {
        TensorRef flag = imported.outputs().get(name + "?");
        if (flag != null) {
            boolean present = fetch(imported, feeds, flag).toLongs()[0] != 0;
            if (!present || !expected.present()) {
                return present == expected.present()
                        ? Optional.empty()
                        : Optional.of("expected " + expected + ", present is " + present);
            }
        }
        List<OnnxTensor> found = expected.sequence() && imported.outputs().containsKey(name)
                ? elements(imported, feeds, imported.outputs().get(name), expected)
                : imported.outputs().entrySet().stream()
                        .filter(entry ->
                                entry.getKey().equals(name) || entry.getKey().startsWith(name + "["))
                        .map(entry -> fetch(imported, feeds, entry.getValue()))
                        .toList();
        if (found.size() != expected.tensors().size()) {
            return Optional.of("expected " + expected.tensors().size() + " tensors, got " + found.size());
        }
        for (int i = 0; i < found.size(); i++) {
            Optional<String> difference = compare.apply(expected.tensors().get(i), found.get(i));
            if (difference.isPresent()) {
                return difference;
            }
        }
        return Optional.empty();
    }

    private static OnnxTensor fetch(TfModel imported, Map<String, OnnxTensor> feeds, TensorRef tensor) {
        try (TfRun run = TfRun.open(imported.graph(), TfOptions.defaults())) {
            feed(run, imported, feeds);
            return run.fetch(List.of(tensor)).get(0);
        }
    }

    private static void feed(TfRun run, TfModel imported, Map<String, OnnxTensor> feeds) {
        run.feedWeights(imported);
        for (TfInput input : imported.inputs()) {
            run.feed(
                    input.tensor(), Optional.ofNullable(feeds.get(input.name())).orElseThrow());
        }
    }

    private static List<OnnxTensor> elements(
            TfModel imported, Map<String, OnnxTensor> feeds, TensorRef list, Data expected) {
        try (GraphRewrite rewrite = new GraphRewrite(imported.graph())) {
            Ops tf = rewrite.tf().withName("elements");
            Operand<TInt32> position =
                    tf.placeholder(TInt32.class, Placeholder.shape(org.tensorflow.ndarray.Shape.scalar()));
            Operand<?> length = TensorListLength.create(tf.scope(), rewrite.operand(list));
            Operand<?> element = SequenceValue.raw(
                    tf,
                    "TensorListGetItem",
                    TfTypes.computeType(expected.tensors().get(0).type()),
                    rewrite.operand(list),
                    position,
                    tf.constant(-1));
            List<OnnxTensor> found = new ArrayList<>();
            try (TfRun run = TfRun.open(rewrite.finish(), TfOptions.defaults())) {
                feed(run, imported, feeds);
                long count = run.fetch(List.of(TensorRef.of(length))).get(0).toLongs()[0];
                for (int i = 0; i < count; i++) {
                    OnnxTensor index = OnnxTensor.of(
                            "",
                            OnnxType.INT32,
                            new long[0],
                            List.of(ByteBuffer.allocate(4)
                                    .order(ByteOrder.LITTLE_ENDIAN)
                                    .putInt(0, i)));
                    run.feed(TensorRef.of(position), index);
                    found.add(run.fetch(List.of(TensorRef.of(element))).get(0));
                }
            }
            return found;
        }
    }

    /** What a {@code SequenceProto} or an {@code OptionalProto} holds. */
    private record Data(boolean present, boolean sequence, List<OnnxTensor> tensors) {
        private static final int TENSOR = 3;
        private static final int SEQUENCE = 5;

        static Data read(Path file, OnnxValue.Kind kind) throws IOException {
            byte[] bytes = Files.readAllBytes(file);
            if (kind == OnnxValue.Kind.SEQUENCE) {
                return new Data(true, true, tensors(bytes));
            }
            List<byte[]> sequences = messages(bytes, SEQUENCE);
            if (!sequences.isEmpty()) {
                return new Data(true, true, tensors(sequences.get(0)));
            }
            List<OnnxTensor> tensors = tensors(bytes);
            return new Data(!tensors.isEmpty(), false, tensors);
        }

        private static List<OnnxTensor> tensors(byte[] bytes) throws IOException {
            List<OnnxTensor> tensors = new ArrayList<>();
            for (byte[] message : messages(bytes, TENSOR)) {
                Path copy = Files.createTempFile("tensor", ".pb");
                Files.write(copy, message);
                tensors.add(OnnxReader.readTensor(copy));
                Files.delete(copy);
            }
            return tensors;
        }

        private static List<byte[]> messages(byte[] bytes, int field) throws IOException {
            List<byte[]> messages = new ArrayList<>();
            CodedInputStream input = CodedInputStream.newInstance(bytes);
            for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
                if (WireFormat.getTagFieldNumber(tag) == field) {
                    messages.add(input.readByteArray());
                } else {
                    input.skipField(tag);
                }
            }
            return messages;
        }
    }
}
