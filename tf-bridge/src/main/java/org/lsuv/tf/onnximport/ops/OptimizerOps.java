package org.lsuv.tf.onnximport.ops;

import java.util.ArrayList;
import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;

/**
 * Converts gradients and the steps of optimizers. The inputs of these are the learning rate, the number of the step, then for
 * n tensors all values, all gradients and all of each state; the outputs are the new values and states.
 */
final class OptimizerOps {
    private OptimizerOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.many("Adagrad", 1, node -> each(node, 3, OptimizerOps::adagrad));
        ops.many("Adam", 1, node -> each(node, 4, OptimizerOps::adam));
        ops.many("Gradient", 1, GradientConverter::gradient);
        ops.many("Momentum", 1, node -> each(node, 3, OptimizerOps::momentum));
    }

    /**
     * Holds one tensor, and what the optimizer knows of it.
     *
     * @param step the number of updates so far
     */
    private record Step(
            NodeContext node,
            Operand<TNumber> rate,
            Operand<TInt64> step,
            Operand<TNumber> value,
            Operand<TNumber> gradient,
            List<Operand<TNumber>> states) {
        Ops tf() {
            return node.tf();
        }

        Operand<TNumber> attribute(String name, float defaultValue) {
            return number(node.attributes().floatOr(name, defaultValue));
        }

        Operand<TNumber> number(double value) {
            return ElementTypes.scalar(tf(), value(), value);
        }

        Operand<TBool> isFirst() {
            return tf().math.lessEqual(step, tf().constant(0L));
        }

        Operand<TNumber> stepNumber() {
            return ElementTypes.as(tf(), NodeContext.cast(step), value.type());
        }

        /** Returns the gradient with that of a penalty ½ · norm · value². */
        Operand<TNumber> regularised() {
            return tf().math.add(tf().math.mul(attribute("norm_coefficient", 0), value), gradient);
        }
    }

    /** Returns a new value and new states. */
    private interface Rule {
        List<Operand<TNumber>> apply(Step step);
    }

    private static List<Operand<?>> each(NodeContext node, int group, Rule rule) {
        int count = (node.inputCount() - 2) / group;
        if (count < 1 || node.inputCount() != 2 + count * group) {
            throw node.malformed("expected 2 inputs and " + group + " for each tensor, got " + node.inputCount());
        }
        Ops tf = node.tf();
        Operand<TInt64> number = tf.reshape(node.<TInt64>input(1), tf.constant(new long[0]));
        List<List<Operand<TNumber>>> results = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Operand<TNumber> value = node.input(2 + i);
            Operand<TNumber> rate = tf.reshape(node.<TNumber>input(0), tf.constant(new long[0]));
            List<Operand<TNumber>> states = new ArrayList<>();
            for (int state = 2; state < group; state++) {
                states.add(node.input(2 + state * count + i));
            }
            results.add(rule.apply(new Step(
                    node, ElementTypes.as(tf, rate, value.type()), number, value, node.input(2 + count + i), states)));
        }
        List<Operand<?>> outputs = new ArrayList<>();
        for (int part = 0; part < group - 1; part++) {
            for (List<Operand<TNumber>> result : results) {
                outputs.add(result.get(part));
            }
        }
        return outputs;
    }

    private static List<Operand<TNumber>> adagrad(Step step) {
        Ops tf = step.tf();
        Operand<TNumber> gradient = step.regularised();
        Operand<TNumber> squares = tf.math.add(step.states().get(0), tf.math.square(gradient));
        Operand<TNumber> decay = tf.math.mul(step.stepNumber(), step.attribute("decay_factor", 0));
        Operand<TNumber> rate = tf.math.div(step.rate(), tf.math.add(step.number(1), decay));
        Operand<TNumber> divisor = tf.math.add(tf.math.sqrt(squares), step.attribute("epsilon", 1e-6f));
        Operand<TNumber> change = tf.math.div(tf.math.mul(rate, gradient), divisor);
        return List.of(tf.math.sub(step.value(), change), squares);
    }

    private static List<Operand<TNumber>> adam(Step step) {
        Ops tf = step.tf();
        Operand<TNumber> gradient = step.regularised();
        float alpha = step.node().attributes().floatOr("alpha", 0.9f);
        float beta = step.node().attributes().floatOr("beta", 0.999f);
        Operand<TNumber> mean = average(step, alpha, step.states().get(0), gradient);
        Operand<TNumber> squares = average(step, beta, step.states().get(1), tf.math.square(gradient));
        Operand<TNumber> corrected =
                tf.math.div(tf.math.mul(step.rate(), tf.math.sqrt(unfinished(step, beta))), unfinished(step, alpha));
        Operand<TNumber> rate = tf.select(step.isFirst(), step.rate(), corrected);
        Operand<TNumber> divisor = tf.math.add(tf.math.sqrt(squares), step.attribute("epsilon", 1e-6f));
        Operand<TNumber> moved = tf.math.sub(step.value(), tf.math.mul(rate, tf.math.div(mean, divisor)));
        float after = step.node().attributes().floatOr("norm_coefficient_post", 0);
        return List.of(tf.math.mul(step.number(1 - after), moved), mean, squares);
    }

    private static Operand<TNumber> average(Step step, float keep, Operand<TNumber> old, Operand<TNumber> now) {
        Ops tf = step.tf();
        return tf.math.add(tf.math.mul(step.number(keep), old), tf.math.mul(step.number(1 - (double) keep), now));
    }

    /** Returns 1 − keep^step: how much of an average that started at 0 is there. */
    private static Operand<TNumber> unfinished(Step step, float keep) {
        Ops tf = step.tf();
        return tf.math.sub(step.number(1), tf.math.pow(step.number(keep), step.stepNumber()));
    }

    private static List<Operand<TNumber>> momentum(Step step) {
        Ops tf = step.tf();
        String mode = step.node().attributes().requireString("mode");
        if (!mode.equals("standard") && !mode.equals("nesterov")) {
            throw step.node().malformedAttribute("mode", "expected standard or nesterov, got " + mode);
        }
        Operand<TNumber> gradient = step.regularised();
        Operand<TNumber> alpha = step.attribute("alpha", 0);
        Operand<TNumber> beta = tf.select(step.isFirst(), step.number(1), step.attribute("beta", 0));
        Operand<TNumber> speed = tf.math.add(tf.math.mul(alpha, step.states().get(0)), tf.math.mul(beta, gradient));
        Operand<TNumber> direction = mode.equals("standard") ? speed : tf.math.add(gradient, tf.math.mul(alpha, speed));
        return List.of(tf.math.sub(step.value(), tf.math.mul(step.rate(), direction)), speed);
    }
}
