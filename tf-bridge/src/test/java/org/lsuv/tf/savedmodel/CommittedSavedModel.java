package org.lsuv.tf.savedmodel;

import static org.lsuv.tf.nodes.TestNodes.define;
import static org.lsuv.tf.nodes.TestNodes.integers;
import static org.lsuv.tf.nodes.TestNodes.node;
import static org.lsuv.tf.nodes.TestNodes.read;
import static org.lsuv.tf.nodes.TestNodes.unary;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.bundle.TestCheckpoint;
import org.lsuv.tf.nodes.TestNodes;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Writes the SavedModel among the test data: a small convolutional network for grey images in NHWC, its variables
 * captured by the serving function as TensorFlow 2 has it.
 */
final class CommittedSavedModel {
    private static final DataType FLOAT = DataType.DT_FLOAT;

    private CommittedSavedModel() {}

    /** Writes the folder that is given. */
    public static void main(String[] arguments) throws IOException {
        TestSavedModel model = new TestSavedModel().input("image", -1, 1, 28, 28);
        List<String> names = List.of("conv/kernel", "conv/bias", "depthwise/kernel", "point/kernel", "norm/gamma");
        List<String> captured = new ArrayList<>(names);
        captured.addAll(List.of("norm/beta", "norm/mean", "norm/variance", "dense/kernel", "dense/bias"));
        List<OnnxTensor> values = List.of(
                scaled(1, 0.3, 5, 5, 1, 8),
                scaled(2, 0.1, 8),
                scaled(3, 0.2, 3, 3, 8, 2),
                scaled(4, 0.1, 1, 1, 16, 16),
                filled(1, 16),
                filled(0, 16),
                filled(0, 16),
                filled(1, 16),
                scaled(5, 0.02, 7 * 7 * 16, 10),
                filled(0, 10));
        List<String> parameters = new ArrayList<>(List.of("image:float"));
        List<String> inputs = new ArrayList<>(List.of("feed_image"));
        List<DataType> types = new ArrayList<>(List.of(FLOAT));
        for (int i = 0; i < captured.size(); i++) {
            model.resource(captured.get(i), values.get(i));
            parameters.add("variable" + i + ":resource");
            inputs.add(captured.get(i));
            types.add(DataType.DT_RESOURCE);
        }
        List<NodeDef> body = new ArrayList<>();
        for (int i = 0; i < captured.size(); i++) {
            body.add(read("read" + i, "variable" + i));
        }
        body.add(integers("grid", -1, 28, 28, 1));
        body.add(node("Reshape", "nhwc", List.of("image", "grid:output:0"), "T", FLOAT, "Tshape", DataType.DT_INT32));
        body.add(convolution("Conv2D", "cnn/conv/Conv2D", "nhwc:output:0", 0, 2));
        body.add(bias("cnn/conv/BiasAdd", "cnn/conv/Conv2D:output:0", 1));
        body.add(unary("Relu", "cnn/conv/Relu", "cnn/conv/BiasAdd:output:0"));
        body.add(convolution("DepthwiseConv2dNative", "cnn/depthwise", "cnn/conv/Relu:activations:0", 2, 2));
        body.add(convolution("Conv2D", "cnn/point/Conv2D", "cnn/depthwise:output:0", 3, 1));
        body.add(node(
                "FusedBatchNormV3",
                "cnn/norm",
                List.of("cnn/point/Conv2D:output:0", value(4), value(5), value(6), value(7)),
                "T",
                FLOAT,
                "U",
                FLOAT,
                "is_training",
                false));
        body.add(unary("Relu", "cnn/relu", "cnn/norm:y:0"));
        body.add(integers("flat", -1, 7 * 7 * 16));
        body.add(node(
                "Reshape",
                "cnn/flatten",
                List.of("cnn/relu:activations:0", "flat:output:0"),
                "T",
                FLOAT,
                "Tshape",
                DataType.DT_INT32));
        body.add(node("MatMul", "cnn/dense/MatMul", List.of("cnn/flatten:output:0", value(8)), "T", FLOAT));
        body.add(bias("cnn/dense/BiasAdd", "cnn/dense/MatMul:product:0", 9));
        model.add(node(
                        "StatefulPartitionedCall",
                        "StatefulPartitionedCall",
                        inputs,
                        "Tin",
                        types,
                        "Tout",
                        List.of(FLOAT),
                        "f",
                        TestNodes.function("serve")))
                .add(define(
                        "serve",
                        parameters,
                        List.of("scores:float=cnn/dense/BiasAdd:output:0"),
                        body.toArray(NodeDef[]::new)))
                .output("scores", "StatefulPartitionedCall:0")
                .write(Path.of(arguments[0]));
    }

    private static String value(int variable) {
        return "read" + variable + ":value:0";
    }

    private static NodeDef convolution(String op, String name, String input, int kernel, int stride) {
        AttrValue.Builder strides = AttrValue.newBuilder();
        List.of(1L, (long) stride, (long) stride, 1L)
                .forEach(size -> strides.getListBuilder().addI(size));
        return node(op, name, List.of(input, value(kernel)), "T", FLOAT, "strides", strides.build(), "padding", "SAME");
    }

    private static NodeDef bias(String name, String input, int variable) {
        return node("BiasAdd", name, List.of(input, value(variable)), "T", FLOAT);
    }

    private static OnnxTensor scaled(long seed, double factor, long... shape) {
        OnnxTensor drawn = TestCheckpoint.random(seed, shape);
        return OnnxTensor.ofDoubles(
                "",
                drawn.type(),
                shape,
                Arrays.stream(drawn.toDoubles()).map(value -> factor * value).toArray());
    }

    private static OnnxTensor filled(float value, int count) {
        float[] values = new float[count];
        Arrays.fill(values, value);
        return OnnxTensor.ofFloats("", new long[] {count}, values);
    }
}
