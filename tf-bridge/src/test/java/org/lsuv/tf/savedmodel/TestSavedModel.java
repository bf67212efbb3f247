package org.lsuv.tf.savedmodel;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.bundle.TestCheckpoint;
import org.lsuv.tf.nodes.AttrValues;
import org.lsuv.tf.nodes.TestNodes;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorProto;

/** Builds SavedModels; TensorFlow itself writes their variables. */
public final class TestSavedModel {
    private final GraphDef.Builder graph = GraphDef.newBuilder();
    private final SignatureDef.Builder signature = SignatureDef.newBuilder();
    private final Map<String, OnnxTensor> checkpoint = new LinkedHashMap<>();
    private final List<String> variables = new ArrayList<>();

    public TestSavedModel add(NodeDef... nodes) {
        graph.addAllNode(Arrays.asList(nodes));
        return this;
    }

    TestSavedModel add(FunctionDef... functions) {
        graph.getLibraryBuilder().addAllFunction(Arrays.asList(functions));
        return this;
    }

    /** Adds an input {@code x}, fed by {@code feed_x}. */
    public TestSavedModel input(String key, long... shape) {
        add(TestNodes.feed("feed_" + key, Shape.of(shape)));
        return input(key, "feed_" + key + ":0", DataType.DT_FLOAT, shape);
    }

    public TestSavedModel input(String key, String tensor, DataType type, long... shape) {
        signature.putInputs(
                key,
                info(tensor, type)
                        .setTensorShape(AttrValues.shape(Shape.of(shape)))
                        .build());
        return this;
    }

    public TestSavedModel output(String key, String tensor) {
        signature.putOutputs(key, info(tensor, DataType.DT_FLOAT).build());
        return this;
    }

    private static TensorInfo.Builder info(String tensor, DataType type) {
        return TensorInfo.newBuilder().setName(tensor).setDtype(type);
    }

    /** Adds a variable of TensorFlow 2, stored as {@code name/key}. */
    public TestSavedModel resource(String name, OnnxTensor value) {
        add(TestNodes.handle(name, Shape.of(value.shape())));
        return restored(name, value, "AssignVariableOp", "dtype");
    }

    /** Adds a variable of TensorFlow 1, stored as {@code name/key}. */
    TestSavedModel reference(String name, OnnxTensor value) {
        add(TestNodes.node(
                "VariableV2", name, List.of(), "dtype", DataType.DT_FLOAT, "shape", Shape.of(value.shape())));
        return restored(name, value, "Assign", "T");
    }

    private TestSavedModel restored(String name, OnnxTensor value, String assign, String typeAttribute) {
        checkpoint.put(name + "/key", value);
        variables.add(name);
        String restore = "save/Restore_" + variables.size();
        return add(
                strings(restore + "/names", name + "/key"),
                strings(restore + "/slices", ""),
                TestNodes.node(
                        "RestoreV2",
                        restore,
                        List.of("save/Const", restore + "/names", restore + "/slices"),
                        "dtypes",
                        List.of(DataType.DT_FLOAT)),
                TestNodes.node(
                        assign,
                        "save/Assign_" + variables.size(),
                        List.of(name, restore),
                        typeAttribute,
                        DataType.DT_FLOAT));
    }

    private static NodeDef strings(String name, String... values) {
        TensorProto.Builder tensor = TensorProto.newBuilder();
        tensor.getTensorShapeBuilder().addDimBuilder().setSize(values.length);
        for (String value : values) {
            tensor.addStringVal(ByteString.copyFromUtf8(value));
        }
        return AttrValues.constant(name, DataType.DT_STRING, tensor);
    }

    /** Writes the model and returns its folder. */
    public Path write(Path folder) throws IOException {
        List<String> assigned = new ArrayList<>();
        for (int i = 1; i <= variables.size(); i++) {
            assigned.add("^save/Assign_" + i);
        }
        add(
                AttrValues.constant(
                        "save/Const",
                        DataType.DT_STRING,
                        TensorProto.newBuilder().addStringVal(ByteString.copyFromUtf8("model"))),
                TestNodes.node("NoOp", "save/restore_all", assigned));
        try (Graph versions = new Graph()) {
            graph.setVersions(versions.toGraphDef().getVersions());
        }
        MetaGraphDef.Builder meta = MetaGraphDef.newBuilder().setGraphDef(graph);
        meta.getMetaInfoDefBuilder().addTags("serve");
        meta.putSignatureDef("serving_default", signature.build());
        if (!checkpoint.isEmpty()) {
            meta.getSaverDefBuilder().setFilenameTensorName("save/Const:0").setRestoreOpName("save/restore_all");
            Files.createDirectories(folder.resolve("variables"));
            TestCheckpoint.save(folder.resolve("variables").resolve("variables"), checkpoint, Map.of());
        }
        Files.createDirectories(folder);
        org.tensorflow.proto.SavedModel saved = org.tensorflow.proto.SavedModel.newBuilder()
                .setSavedModelSchemaVersion(1)
                .addMetaGraphs(meta)
                .build();
        Files.write(folder.resolve("saved_model.pb"), saved.toByteArray());
        return folder;
    }
}
