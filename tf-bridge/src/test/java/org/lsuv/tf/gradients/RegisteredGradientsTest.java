package org.lsuv.tf.gradients;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsuv.tf.OpDefinitions;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.family.TNumber;

/** Asks TensorFlow for the gradient of each operation that is listed, in a graph of nothing else. */
class RegisteredGradientsTest {
    private static final Set<DataType> CARRYING = Set.of(DataType.DT_FLOAT, DataType.DT_COMPLEX64);

    /** These take shapes of a known rank alone. */
    private static final Set<String> VECTORS = Set.of("BatchToSpaceND", "SpaceToBatchND");

    /** The type of this operation has no gradient, so that asking for one of it is an error. */
    private static final String BARRIER = "Invert";

    static Stream<String> listed() {
        return RegisteredGradients.OPERATIONS.stream().sorted();
    }

    static Stream<String> stops() {
        return RegisteredGradients.STOPS.stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("listed")
    void listedOperationHasAGradientAndNoneOfItsIntegers(String type) {
        assertThat(gradients(type)).contains(true);
    }

    @ParameterizedTest
    @MethodSource("stops")
    void stopLetsNothingPass(String type) {
        assertThat(gradients(type)).isNotEmpty().doesNotContain(true);
    }

    /** Says of each floating-point input of an operation whether a gradient comes back to it. */
    private static List<Boolean> gradients(String type) {
        OpDef definition = OpDefinitions.get(type);
        Map<String, AttrValue> attributes = attributes(definition);
        GraphDef.Builder definitions = GraphDef.newBuilder();
        NodeDef.Builder node = NodeDef.newBuilder().setName("op").setOp(type).putAllAttr(attributes);
        List<String> sources = new ArrayList<>();
        for (OpDef.ArgDef argument : definition.getInputArgList()) {
            DataType given = argument.getTypeAttr().isEmpty()
                    ? argument.getType()
                    : attributes
                            .getOrDefault(argument.getTypeAttr(), AttrValue.getDefaultInstance())
                            .getType();
            for (int i = 0; i < OpDefinitions.count(argument, attributes); i++) {
                String name = "in" + node.getInputCount();
                boolean carries = CARRYING.contains(given);
                boolean vector = VECTORS.contains(type) && argument.getName().equals("block_shape");
                definitions.addNode(
                        placeholder(name, carries || given == DataType.DT_BOOL ? given : DataType.DT_FLOAT, vector));
                if (carries) {
                    sources.add(name);
                } else if (given != DataType.DT_BOOL) {
                    sources.add(name);
                    definitions.addNode(unary(name + ".whole", "Cast", name)
                            .putAttr("SrcT", typed(DataType.DT_FLOAT))
                            .putAttr("DstT", typed(given)));
                    definitions.addNode(
                            unary(name + ".barrier", BARRIER, name + ".whole").putAttr("T", typed(given)));
                    name += ".barrier";
                }
                node.addInput(name);
            }
        }
        return gradients(definitions.addNode(node).build(), sources);
    }

    private static List<Boolean> gradients(GraphDef definition, List<String> sources) {
        try (Graph graph = new Graph()) {
            graph.importGraphDef(definition);
            Ops tf = Ops.create(graph);
            List<Operand<TFloat64>> terms = new ArrayList<>();
            List<Output<?>> values = new ArrayList<>();
            sources.forEach(name -> values.add(graph.operationOrThrow(name).output(0)));
            values.forEach(value -> terms.add(mean(tf, value)));
            for (int i = 0; i < graph.operationOrThrow("op").numOutputs(); i++) {
                Output<?> result = graph.operationOrThrow("op").output(i);
                if (CARRYING.contains(result.dataType())) {
                    terms.add(mean(tf, result));
                }
            }
            var found = tf.gradients(List.of(tf.math.addN(terms)), values);
            List<Boolean> passed = new ArrayList<>();
            for (int i = 0; i < sources.size(); i++) {
                // What comes through the operation is added to what comes through the other term.
                passed.add(found.dy(i).op().type().equals("AddN"));
            }
            return passed;
        }
    }

    @SuppressWarnings("unchecked") // Only numbers are asked for.
    private static Operand<TFloat64> mean(Ops tf, Output<?> value) {
        Operand<TFloat64> wide = tf.dtypes.cast((Operand<TNumber>) (Operand<?>) value, TFloat64.class);
        return tf.math.mean(tf.reshape(wide, tf.constant(new int[] {-1})), tf.constant(0));
    }

    private static Map<String, AttrValue> attributes(OpDef definition) {
        Map<String, AttrValue> attributes = new LinkedHashMap<>();
        for (OpDef.AttrDef attribute : definition.getAttrList()) {
            attributes.put(
                    attribute.getName(),
                    attribute.hasDefaultValue() ? attribute.getDefaultValue() : value(definition, attribute));
        }
        return attributes;
    }

    private static AttrValue value(OpDef definition, OpDef.AttrDef attribute) {
        int dimensions = definition.getName().endsWith("3D") ? 5 : 4;
        AttrValue allowed = attribute.getAllowedValues();
        AttrValue.Builder value = AttrValue.newBuilder();
        switch (attribute.getType()) {
            case "type" -> {
                List<DataType> types = allowed.getList().getTypeList();
                value.setType(
                        types.isEmpty() || types.contains(DataType.DT_FLOAT) ? DataType.DT_FLOAT : DataType.DT_INT32);
            }
            case "int" -> value.setI(2);
            case "string" -> value.setS(text(attribute));
            case "list(int)" ->
                value.setList(AttrValue.ListValue.newBuilder().addAllI(java.util.Collections.nCopies(dimensions, 1L)));
            case "list(float)" -> value.setList(AttrValue.ListValue.newBuilder().addAllF(List.of(1f, 1.5f, 1.5f, 1f)));
            default -> throw new AssertionError(definition.getName() + " has an attribute " + attribute.getType());
        }
        return value.build();
    }

    private static ByteString text(OpDef.AttrDef attribute) {
        List<ByteString> allowed = attribute.getAllowedValues().getList().getSList();
        return allowed.isEmpty() ? ByteString.copyFromUtf8("ab,bc->ac") : allowed.get(0);
    }

    private static NodeDef placeholder(String name, DataType type, boolean vector) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        if (vector) {
            shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(2));
        } else {
            shape.setUnknownRank(true);
        }
        return NodeDef.newBuilder()
                .setName(name)
                .setOp("Placeholder")
                .putAttr("dtype", typed(type))
                .putAttr("shape", AttrValue.newBuilder().setShape(shape).build())
                .build();
    }

    private static NodeDef.Builder unary(String name, String op, String input) {
        return NodeDef.newBuilder().setName(name).setOp(op).addInput(input);
    }

    private static AttrValue typed(DataType type) {
        return AttrValue.newBuilder().setType(type).build();
    }
}
