package org.lsuv.onnx.pytorch;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.TestModel;

/** Builds models with the names that PyTorch's exporters give, and reads what was recovered. */
final class Export {
    private final TestModel model = TestModel.opset(14);
    private String producer = "pytorch";

    Export() {
        model.input("x", OnnxType.FLOAT, "batch", 3);
    }

    Export by(String name) {
        producer = name;
        return this;
    }

    /** Stores values that count on from a first one, so that every element can be told from all others. */
    Export stored(String name, float first, long... shape) {
        float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = first + i;
        }
        model.floats(name, shape, values);
        return this;
    }

    /** Stores a matrix with rows for columns. */
    Export turned(String name, int rows, int columns, float... values) {
        float[] turned = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            turned[i % columns * rows + i / columns] = values[i];
        }
        model.floats(name, new long[] {columns, rows}, turned);
        return this;
    }

    Export integers(String name, long... integers) {
        model.longs(name, integers);
        return this;
    }

    Export node(String operator, String name, List<String> inputs, String output, AttributeProto... attributes) {
        return node(operator, name, "", inputs, output, attributes);
    }

    /** Adds a node as the exporter of PyTorch 2 does. */
    Export node(
            String operator,
            String name,
            String scopes,
            List<String> inputs,
            String output,
            AttributeProto... attributes) {
        NodeProto.Builder node = NodeProto.newBuilder()
                .setOpType(operator)
                .setName(name)
                .addAllInput(inputs)
                .addOutput(output)
                .addAllAttribute(Arrays.asList(attributes));
        if (!scopes.isEmpty()) {
            node.addMetadataProps(StringStringEntryProto.newBuilder()
                    .setKey("pkg.torch.onnx.name_scopes")
                    .setValue(scopes));
        }
        model.node(node.build());
        return this;
    }

    OnnxModel read() {
        model.output("y", OnnxType.FLOAT, "batch", 3);
        ModelProto proto = model.proto().toBuilder().setProducerName(producer).build();
        return OnnxReader.read(proto.toByteArray());
    }

    StateDict dict() {
        OnnxModel read = read();
        return StateDict.of(read, read);
    }

    static Map<String, String> recoveries(StateDict dict) {
        Map<String, String> found = new TreeMap<>();
        dict.parameters()
                .forEach(parameter ->
                        found.put(parameter.name(), parameter.recovery().toString()));
        return found;
    }

    static Parameter parameter(StateDict dict, String name) {
        return dict.parameters().stream()
                .filter(parameter -> parameter.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " is not among " + recoveries(dict)));
    }

    static double[] values(StateDict dict, String name) {
        return parameter(dict, name).tensor().toDoubles();
    }

    static String reason(StateDict dict, String source) {
        return dict.lost().stream()
                .filter(lost -> lost.source().equals(source))
                .map(Lost::reason)
                .findFirst()
                .orElseThrow(() -> new AssertionError(source + " is not among " + dict.lost()));
    }
}
