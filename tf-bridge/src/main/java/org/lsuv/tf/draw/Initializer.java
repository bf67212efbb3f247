package org.lsuv.tf.draw;

import org.lsuv.tf.draw.Scheme.Fan;

/**
 * Lists what weights are before they are scaled. A fan-in is the number of weights that one output sums over, a
 * fan-out the number of outputs that one input reaches; both count the positions of a convolution's kernel,
 * and inside of one matrix: a group, a gate, a packed block.
 */
public enum Initializer {
    /** Orthonormal matrices of (fan-in × outputs), Haar-distributed, by QR (Saxe et al. 2014). */
    ORTHONORMAL("orthonormal", new Scheme.Orthogonal(Scheme.Form.QR)),
    /** The same by singular value decomposition: the orthonormal matrix next to a Gaussian one. */
    ORTHONORMAL_SVD("orthonormal-svd", new Scheme.Orthogonal(Scheme.Form.SVD)),
    /** Convolutions that are orthonormal at the middle of the kernel and zero elsewhere (Xiao et al. 2018). */
    DELTA_ORTHOGONAL("delta-orthogonal", new Scheme.Orthogonal(Scheme.Form.DELTA)),
    /** Gaussian of variance 2 / fan-in, for ReLU (He et al. 2015). */
    HE_NORMAL("he-normal", new Scheme.Scaled(Law.NORMAL, 2, Fan.IN)),
    /** Uniform of variance 2 / fan-in. */
    HE_UNIFORM("he-uniform", new Scheme.Scaled(Law.UNIFORM, 2, Fan.IN)),
    /** Gaussian cut off at two standard deviations, of variance 2 / fan-in after the cut. */
    HE_TRUNCATED("he-truncated", new Scheme.Scaled(Law.TRUNCATED, 2, Fan.IN)),
    /** Gaussian of variance 2 / fan-out. */
    HE_NORMAL_FAN_OUT("he-normal-fan-out", new Scheme.Scaled(Law.NORMAL, 2, Fan.OUT)),
    /** Uniform of variance 2 / fan-out. */
    HE_UNIFORM_FAN_OUT("he-uniform-fan-out", new Scheme.Scaled(Law.UNIFORM, 2, Fan.OUT)),
    /** Gaussian cut off at two standard deviations, of variance 2 / fan-out. */
    HE_TRUNCATED_FAN_OUT("he-truncated-fan-out", new Scheme.Scaled(Law.TRUNCATED, 2, Fan.OUT)),
    /** Gaussian of variance 2 / mean of the fans. */
    HE_NORMAL_FAN_AVERAGE("he-normal-fan-average", new Scheme.Scaled(Law.NORMAL, 2, Fan.AVERAGE)),
    /** Uniform of variance 2 / mean of the fans. */
    HE_UNIFORM_FAN_AVERAGE("he-uniform-fan-average", new Scheme.Scaled(Law.UNIFORM, 2, Fan.AVERAGE)),
    /** Gaussian cut off at two standard deviations, of variance 2 / mean of the fans. */
    HE_TRUNCATED_FAN_AVERAGE("he-truncated-fan-average", new Scheme.Scaled(Law.TRUNCATED, 2, Fan.AVERAGE)),
    /** Gaussian of variance 1 / mean of the fans (Glorot and Bengio 2010). */
    GLOROT_NORMAL("glorot-normal", new Scheme.Scaled(Law.NORMAL, 1, Fan.AVERAGE)),
    /** Uniform of variance 1 / mean of the fans. */
    GLOROT_UNIFORM("glorot-uniform", new Scheme.Scaled(Law.UNIFORM, 1, Fan.AVERAGE)),
    /** Gaussian of variance 1 / fan-in (LeCun et al. 1998). */
    LECUN_NORMAL("lecun-normal", new Scheme.Scaled(Law.NORMAL, 1, Fan.IN)),
    /** Uniform of variance 1 / fan-in. */
    LECUN_UNIFORM("lecun-uniform", new Scheme.Scaled(Law.UNIFORM, 1, Fan.IN)),
    /** Gaussian of variance g² / fan-in, g such that the logarithm of lengths does not drift (Sussillo and Abbott 2014). */
    RANDOM_WALK("random-walk", new Scheme.RandomWalk()),
    /** Gaussian of variance 1 / fan-in; then each channel gets its own scale and bias (Krähenbühl et al. 2016). */
    DATA_DEPENDENT("data-dependent", new Scheme.Scaled(Law.NORMAL, 1, Fan.IN)),
    /** What PyTorch gives new layers: uniform up to 1 / √fan-in, recurrent ones up to 1 / √hidden, biases too. */
    PYTORCH("pytorch", new Scheme.PyTorch()),
    /** What Keras gives new layers: Glorot's uniform, orthonormal recurrent weights, and a forget bias of 1. */
    KERAS("keras", new Scheme.Keras()),
    /** The weights that the model has. */
    KEEP("keep", new Scheme.Keep());

    private final String label;

    // All schemes are records of numbers and constants.
    @SuppressWarnings("ImmutableEnumChecker")
    private final Scheme scheme;

    Initializer(String label, Scheme scheme) {
        this.label = label;
        this.scheme = scheme;
    }

    Scheme scheme() {
        return scheme;
    }

    /** Tells whether it has a rule of its own for biases, rather than zeros. */
    public boolean drawsBiases() {
        return scheme instanceof Scheme.PyTorch || scheme instanceof Scheme.Keras;
    }

    /** Returns the name by which users call it. */
    @Override
    public String toString() {
        return label;
    }
}
