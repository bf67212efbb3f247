package org.lsuv.tf.conformance;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.lsuv.onnx.OnnxType;

/**
 * Describes a case by its file alone, so that what can be read or imported has no part in how cases are
 * counted.
 *
 * @param opset the version of the {@code ai.onnx} operators; 0 where the model uses none
 * @param plain whether everything is a tensor of a type that TensorFlow has
 * @param operators the operators, those of subgraphs and functions included
 */
record CaseFacts(long opset, boolean plain, Set<String> operators) {
    /** The newest operator set of the cases that should pass. */
    static final long NEWEST_OPSET = 24;

    private static final Set<Integer> PLAIN_TYPES = Set.of(
            OnnxType.FLOAT16.code(),
            OnnxType.BFLOAT16.code(),
            OnnxType.FLOAT.code(),
            OnnxType.DOUBLE.code(),
            OnnxType.INT8.code(),
            OnnxType.INT16.code(),
            OnnxType.INT32.code(),
            OnnxType.INT64.code(),
            OnnxType.UINT8.code(),
            OnnxType.UINT16.code(),
            OnnxType.UINT32.code(),
            OnnxType.UINT64.code(),
            OnnxType.BOOL.code());

    /** Tells whether the case is one of those that should pass. */
    boolean isCore() {
        return opset <= NEWEST_OPSET && plain;
    }

    static CaseFacts of(Path file) throws IOException {
        ModelProto model = ModelProto.parseFrom(Files.readAllBytes(file));
        long opset = model.getOpsetImportList().stream()
                .filter(set -> set.getDomain().isEmpty() || set.getDomain().equals("ai.onnx"))
                .mapToLong(set -> set.getVersion())
                .findFirst()
                .orElse(0);
        Collector collector = new Collector();
        collector.graph(model.getGraph());
        model.getFunctionsList().forEach(function -> collector.nodes(function.getNodeList()));
        return new CaseFacts(opset, PLAIN_TYPES.containsAll(collector.types), collector.operators);
    }

    /** Walks through a model; what is no tensor counts as type −1. */
    private static final class Collector {
        private final Set<Integer> types = new TreeSet<>();
        private final Set<String> operators = new TreeSet<>();

        private void graph(GraphProto graph) {
            values(graph.getInputList());
            values(graph.getOutputList());
            values(graph.getValueInfoList());
            graph.getInitializerList().forEach(tensor -> types.add(tensor.getDataType()));
            if (graph.getSparseInitializerCount() > 0) {
                types.add(-1);
            }
            nodes(graph.getNodeList());
        }

        private void values(List<ValueInfoProto> values) {
            for (ValueInfoProto value : values) {
                TypeProto type = value.getType();
                if (type.hasTensorType()) {
                    types.add(type.getTensorType().getElemType());
                } else if (value.hasType()) {
                    types.add(-1);
                }
            }
        }

        private void nodes(List<NodeProto> nodes) {
            for (NodeProto node : nodes) {
                operators.add((node.getDomain().isEmpty() ? "" : node.getDomain() + ".") + node.getOpType());
                node.getAttributeList().forEach(this::attribute);
            }
        }

        private void attribute(AttributeProto attribute) {
            if (attribute.hasT()) {
                types.add(attribute.getT().getDataType());
            }
            boolean namesType =
                    attribute.getName().equals("to") || attribute.getName().endsWith("dtype");
            if (namesType && attribute.getI() != TensorProto.DataType.UNDEFINED_VALUE) {
                types.add((int) attribute.getI());
            }
            if (attribute.hasG()) {
                graph(attribute.getG());
            }
            attribute.getGraphsList().forEach(this::graph);
        }
    }
}
