package org.lsuv.tf.onnximport.ops.recurrent;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TNumber;

/**
 * Holds the activation functions of one direction of a recurrent operator, and the bound on what they get.
 *
 * @param functions the functions f, g, h of the operator's equations, as many as it has
 * @param clip the bound; empty for none
 */
record CellActivations(List<Function> functions, Optional<Float> clip) {

    /**
     * Names a function with its parameters.
     *
     * @param kind which function
     * @param alpha the first parameter, of no meaning where the function has none
     * @param beta the second one
     */
    record Function(Kind kind, float alpha, float beta) {}

    /** Lists the functions, with the defaults of their parameters; NaN where there is no such parameter. */
    enum Kind {
        AFFINE(1, 0),
        RELU(Float.NaN, Float.NaN),
        LEAKYRELU(0.01f, Float.NaN),
        THRESHOLDEDRELU(1, Float.NaN),
        TANH(Float.NaN, Float.NaN),
        SCALEDTANH(1, 1),
        SIGMOID(Float.NaN, Float.NaN),
        HARDSIGMOID(0.2f, 0.5f),
        ELU(1, Float.NaN),
        SOFTSIGN(Float.NaN, Float.NaN),
        SOFTPLUS(Float.NaN, Float.NaN);

        private final float alpha;
        private final float beta;

        Kind(float alpha, float beta) {
            this.alpha = alpha;
            this.beta = beta;
        }
    }

    /**
     * Reads the functions of a node, one element of the result for each direction.
     *
     * @param defaults the names of one direction's functions where the node states none
     */
    static List<CellActivations> of(NodeContext node, List<String> defaults, int directions) {
        List<String> names = node.attributes().strings("activations").orElse(List.of());
        int needed = defaults.size() * directions;
        // RNN's default is written for two directions, and some write it out for one.
        if (!names.isEmpty() && names.size() < needed) {
            throw node.malformedAttribute("activations", "expected " + needed + " names, got " + names);
        }
        Optional<Float> clip = clip(node);
        Parameters alphas = new Parameters(node, "activation_alpha");
        Parameters betas = new Parameters(node, "activation_beta");
        List<CellActivations> result = new ArrayList<>();
        for (int direction = 0; direction < directions; direction++) {
            List<Function> functions = new ArrayList<>();
            for (int i = 0; i < defaults.size(); i++) {
                String name = names.isEmpty() ? defaults.get(i) : names.get(direction * defaults.size() + i);
                Kind kind = kind(node, name);
                functions.add(new Function(kind, alphas.next(kind.alpha), betas.next(kind.beta)));
            }
            result.add(new CellActivations(functions, clip));
        }
        return result;
    }

    private static Optional<Float> clip(NodeContext node) {
        if (!node.attributes().has("clip")) {
            return Optional.empty();
        }
        float clip = node.attributes().floatOr("clip", 0);
        if (!(clip >= 0)) {
            throw node.malformedAttribute("clip", "expected a bound of at least 0, got " + clip);
        }
        return Optional.of(clip);
    }

    private static Kind kind(NodeContext node, String name) {
        try {
            return Kind.valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException unknown) {
            throw node.malformedAttribute("activations", "\"" + name + "\" is no activation of a recurrent operator");
        }
    }

    /** Gives out parameters in the order of the functions; those without such a parameter take none. */
    private static final class Parameters {
        private final float[] values;
        private int position;

        Parameters(NodeContext node, String attribute) {
            this.values = node.attributes().floats(attribute).orElse(new float[0]);
        }

        float next(float defaultValue) {
            return Float.isNaN(defaultValue) || position == values.length ? defaultValue : values[position++];
        }
    }

    /** Applies one of the functions to the input of a gate, which is bounded first. */
    Operand<TNumber> gate(Ops tf, int function, Operand<TNumber> input) {
        Operand<TNumber> x = input;
        if (clip.isPresent()) {
            Operand<TNumber> bound = ElementTypes.scalar(tf, x, clip.get());
            x = tf.math.minimum(tf.math.maximum(x, tf.math.neg(bound)), bound);
        }
        return apply(tf, function, x);
    }

    /** Applies one of the functions. */
    Operand<TNumber> apply(Ops tf, int function, Operand<TNumber> x) {
        return apply(tf, functions.get(function), x);
    }

    private static Operand<TNumber> apply(Ops tf, Function function, Operand<TNumber> x) {
        Operand<TNumber> zero = ElementTypes.scalar(tf, x, 0);
        Operand<TNumber> alpha = ElementTypes.scalar(tf, x, function.alpha());
        Operand<TNumber> beta = ElementTypes.scalar(tf, x, function.beta());
        return switch (function.kind()) {
            case AFFINE -> tf.math.add(tf.math.mul(alpha, x), beta);
            case RELU -> tf.nn.relu(x);
            case LEAKYRELU -> tf.select(tf.math.less(x, zero), tf.math.mul(alpha, x), x);
            case THRESHOLDEDRELU -> tf.select(tf.math.greaterEqual(x, alpha), x, zero);
            case TANH -> tf.math.tanh(x);
            case SCALEDTANH -> tf.math.mul(alpha, tf.math.tanh(tf.math.mul(beta, x)));
            case SIGMOID -> tf.math.sigmoid(x);
            case HARDSIGMOID ->
                tf.math.minimum(
                        tf.math.maximum(tf.math.add(tf.math.mul(alpha, x), beta), zero), ElementTypes.scalar(tf, x, 1));
            case ELU -> tf.math.add(tf.nn.relu(x), tf.math.mul(alpha, tf.math.expm1(tf.math.minimum(x, zero))));
            case SOFTSIGN -> tf.nn.softsign(x);
            case SOFTPLUS -> tf.math.softplus(x);
        };
    }
}
