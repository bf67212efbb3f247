package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Puts new values where the weights of one graph live: the work of {@link OnnxModel#withWeights}. */
final class WeightEdit {
    private static final Set<String> GENERATORS =
            Set.of("ConstantOfShape", "RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike");

    private final OnnxGraph graph;
    private final GraphProto.Builder builder;
    private final long irVersion;
    private final ExternalData externalData;
    private final Map<ExternalData.Region, OnnxTensor> externalChanges = new HashMap<>();
    private final Set<Integer> removedNodes = new TreeSet<>();

    WeightEdit(OnnxGraph graph, GraphProto proto, long irVersion, ExternalData externalData) {
        this.graph = graph;
        this.builder = proto.toBuilder();
        this.irVersion = irVersion;
        this.externalData = externalData;
    }

    Map<ExternalData.Region, OnnxTensor> externalChanges() {
        return externalChanges;
    }

    GraphProto apply(Map<String, OnnxTensor> weights) {
        Map<String, Integer> positions = new HashMap<>();
        for (int i = 0; i < builder.getInitializerCount(); i++) {
            positions.put(builder.getInitializer(i).getName(), i);
        }
        weights.forEach((name, tensor) -> {
            Integer position = positions.get(name);
            if (position != null) {
                builder.setInitializer(position, changed(builder.getInitializer(position), name, tensor));
            } else {
                changeProducer(name, tensor);
            }
        });
        removedNodes.stream().sorted((a, b) -> b - a).forEach(builder::removeNode);
        return builder.build();
    }

    GraphProto copy(List<OnnxModel.Copy> copies) {
        for (OnnxModel.Copy copy : copies) {
            String read = copy.node().input(copy.input());
            OnnxTensor tensor = graph.initializer(read)
                    .or(() -> graph.producer(read).flatMap(ConstantNode::value))
                    .orElseThrow(() -> new IllegalArgumentException("\"" + read + "\" is not stored"));
            addInitializer(tensor.withName(copy.name()));
            NodeProto node = builder.getNode(copy.node().index());
            builder.setNode(
                    copy.node().index(),
                    node.toBuilder().setInput(copy.input(), copy.name()).build());
        }
        return builder.build();
    }

    GraphProto add(Map<String, OnnxTensor> tensors) {
        tensors.forEach((name, tensor) -> addInitializer(tensor.withName(name)));
        return builder.build();
    }

    private TensorProto changed(TensorProto old, String name, OnnxTensor tensor) {
        requireSame(name, TensorCodec.type(old), TensorCodec.shape(old), tensor);
        if (!ExternalData.isExternal(old)) {
            return TensorCodec.replace(old, tensor);
        }
        externalChanges.put(externalData.region(old, tensor.byteCount()), tensor);
        TensorProto.Builder kept = old.toBuilder().clearExternalData();
        // A checksum of the old bytes would be wrong for the new ones.
        old.getExternalDataList().stream()
                .filter(entry -> !entry.getKey().equals("checksum"))
                .forEach(kept::addExternalData);
        return kept.build();
    }

    private static void requireSame(String name, OnnxType type, long[] shape, OnnxTensor tensor) {
        if (type != tensor.type() || !Arrays.equals(shape, tensor.shape())) {
            throw new IllegalArgumentException("weight \"" + name + "\": expected " + type.label()
                    + OnnxShape.text(shape) + ", got " + tensor.type().label() + OnnxShape.text(tensor.shape()));
        }
    }

    private void changeProducer(String name, OnnxTensor tensor) {
        OnnxNode node = graph.producer(name)
                .orElseThrow(() -> new IllegalArgumentException("\"" + name + "\" is no weight of " + graph));
        if (node.is("Constant")) {
            builder.setNode(node.index(), changedConstant(builder.getNode(node.index()), name, tensor));
        } else if (node.is("Identity")) {
            graph.initializer(node.input(0))
                    .ifPresent(source -> requireSame(name, source.type(), source.shape(), tensor));
            removedNodes.add(node.index());
            addInitializer(tensor.withName(name));
        } else if (node.domain().isEmpty() && GENERATORS.contains(node.opType())) {
            requireGenerated(node, name, tensor);
            NodeProto old = builder.getNode(node.index());
            builder.setNode(
                    node.index(),
                    old.toBuilder()
                            .setOpType("Constant")
                            .clearInput()
                            .clearAttribute()
                            .addAttribute(valueAttribute(tensor))
                            .build());
        } else {
            throw new IllegalArgumentException("\"" + name + "\" is computed by " + node.describe());
        }
    }

    /** Checks type and shape as far as the node itself and constant inputs tell them. */
    private void requireGenerated(OnnxNode node, String name, OnnxTensor tensor) {
        OnnxAttributes attributes = node.attributes();
        boolean filled = node.is("ConstantOfShape");
        OnnxType filler = attributes.tensor("value").map(OnnxTensor::type).orElse(OnnxType.FLOAT);
        Optional<OnnxType> type = filled
                ? Optional.of(filler)
                : attributes.has("dtype") || !node.opType().endsWith("Like")
                        ? OnnxType.ofCode((int) attributes.intOr("dtype", OnnxType.FLOAT.code()))
                        : Optional.empty();
        Optional<long[]> shape =
                filled ? graph.initializer(node.input(0)).map(OnnxTensor::toLongs) : attributes.ints("shape");
        requireSame(name, type.orElse(tensor.type()), shape.orElse(tensor.shape()), tensor);
    }

    private NodeProto changedConstant(NodeProto node, String name, OnnxTensor tensor) {
        NodeProto.Builder changed = node.toBuilder().clearAttribute();
        for (AttributeProto attribute : node.getAttributeList()) {
            switch (attribute.getName()) {
                case "value" ->
                    changed.addAttribute(attribute.toBuilder().setT(changed(attribute.getT(), name, tensor)));
                case "value_float" -> {
                    requireSame(name, OnnxType.FLOAT, new long[0], tensor);
                    changed.addAttribute(attribute.toBuilder().setF(tensor.toFloats()[0]));
                }
                case "value_floats" -> {
                    requireSame(name, OnnxType.FLOAT, new long[] {attribute.getFloatsCount()}, tensor);
                    AttributeProto.Builder floats = attribute.toBuilder().clearFloats();
                    for (float value : tensor.toFloats()) {
                        floats.addFloats(value);
                    }
                    changed.addAttribute(floats);
                }
                default ->
                    throw new IllegalArgumentException(
                            "\"" + name + "\" is no weight: its Constant node holds " + attribute.getName());
            }
        }
        return changed.build();
    }

    private static AttributeProto valueAttribute(OnnxTensor tensor) {
        return AttributeProto.newBuilder()
                .setName("value")
                .setType(AttributeProto.AttributeType.TENSOR)
                .setT(TensorCodec.encode(tensor.withName("")))
                .build();
    }

    private void addInitializer(OnnxTensor tensor) {
        builder.addInitializer(TensorCodec.encode(tensor));
        if (irVersion < 4) {
            // Before IR version 4 every initializer had to be declared as an input, too.
            TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
            for (long dim : tensor.shape()) {
                shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(dim));
            }
            TypeProto.Tensor type = TypeProto.Tensor.newBuilder()
                    .setElemType(tensor.type().code())
                    .setShape(shape)
                    .build();
            builder.addInput(ValueInfoProto.newBuilder()
                    .setName(tensor.name())
                    .setType(TypeProto.newBuilder().setTensorType(type)));
        }
    }
}
