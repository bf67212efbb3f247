package org.lsuv.tf.onnxexport;

import static org.lsuv.tf.onnxexport.ExportCase.draw;
import static org.lsuv.tf.onnxexport.ExportCase.positive;

import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.LeakyRelu;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

class ElementwiseExportTest {
    @Test
    void arithmeticOfNumbersAgrees() {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, 4);
            Operand<TFloat32> p = net.input("p", -1, 4);
            net.output("sub", tf.math.sub(x, p));
            net.output("div", tf.math.div(x, p));
            net.output("divNoNan", tf.math.divNoNan(x, tf.math.sub(p, p)));
            net.output("pow", tf.math.pow(p, x));
            net.output("max", tf.math.maximum(x, p));
            net.output("min", tf.math.minimum(x, p));
            net.output("squared", tf.math.squaredDifference(x, p));
            net.output("floorDiv", tf.math.floorDiv(x, p));
            net.output("floorMod", tf.math.floorMod(x, p));
            net.output("atan2", tf.math.atan2(x, p));
            net.output("where", tf.select(tf.math.greater(x, p), x, p));
            net.output("clip", tf.clipByValue(x, tf.constant(-0.5f), tf.constant(0.5f)));
            net.output("sum", tf.math.addN(java.util.List.of(x, p, x)));
            net.output("notEqual", tf.math.notEqual(x, p));
            net.output("less", tf.math.logicalOr(tf.math.less(x, p), tf.math.greaterEqual(x, p)));
            net.agrees(draw("x", 3, 4), positive("p", 3, 4));
        }
    }

    @Test
    void divisionOfIntegersRoundsTowardsMinusInfinity() {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TInt32> a = net.input("a", TInt32.class, -1);
            Operand<TInt32> b = net.input("b", TInt32.class, -1);
            net.output("div", tf.math.floorDiv(a, b));
            net.output("mod", tf.math.floorMod(a, b));
            net.output("cut", tf.math.truncateDiv(a, b));
            net.agrees(integers("a", 7, -7, 7, -7, 6, -6), integers("b", 2, 2, -2, -2, 3, -3));
        }
    }

    @Test
    void functionsOfOneNumberAgree() {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, 4);
            Operand<TFloat32> p = net.input("p", -1, 4);
            net.output("relu", tf.nn.relu(x));
            net.output("relu6", tf.nn.relu6(tf.math.mul(x, tf.constant(5f))));
            net.output("elu", tf.nn.elu(x));
            net.output("selu", tf.nn.selu(x));
            net.output("leaky", tf.nn.leakyRelu(x, LeakyRelu.alpha(0.3f)));
            net.output("softplus", tf.math.softplus(x));
            net.output("softsign", tf.nn.softsign(x));
            net.output("sigmoid", tf.math.sigmoid(x));
            net.output("tanh", tf.math.tanh(x));
            net.output("softmax", tf.nn.softmax(x));
            net.output("logSoftmax", tf.nn.logSoftmax(x));
            net.output("erf", tf.math.erf(x));
            net.output("erfc", tf.math.erfc(x));
            net.output("exp", tf.math.exp(x));
            net.output("expm1", tf.math.expm1(x));
            net.output("log", tf.math.log(p));
            net.output("log1p", tf.math.log1p(p));
            net.output("sqrt", tf.math.sqrt(p));
            net.output("rsqrt", tf.math.rsqrt(p));
            net.output("square", tf.math.square(x));
            net.output("reciprocal", tf.math.reciprocal(p));
            net.output("abs", tf.math.abs(x));
            net.output("neg", tf.math.neg(x));
            net.output("sign", tf.math.sign(x));
            net.output("floor", tf.math.floor(x));
            net.output("ceil", tf.math.ceil(x));
            net.output("sin", tf.math.sin(x));
            net.output("cosh", tf.math.cosh(x));
            net.output("atan", tf.math.atan(x));
            net.output("zeros", tf.zerosLike(x));
            net.output("finite", tf.math.isFinite(tf.math.log(x)));
            net.agrees(draw("x", 3, 4), positive("p", 3, 4));
        }
    }

    @Test
    void roundingTakesTheEvenNeighbour() {
        try (ExportCase net = new ExportCase()) {
            Operand<TFloat32> x = net.input("x", -1);
            net.output("y", net.tf().math.round(x));
            net.output("whole", net.tf().dtypes.cast(x, TInt32.class));
            net.agrees(OnnxTensor.ofFloats("x", new long[] {6}, -2.5f, -1.5f, -0.5f, 0.5f, 1.5f, 2.5f));
        }
    }

    static OnnxTensor integers(String name, long... values) {
        return OnnxTensor.ofIntegers(name, OnnxType.INT32, new long[] {values.length}, values);
    }
}
