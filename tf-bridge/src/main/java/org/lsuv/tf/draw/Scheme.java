package org.lsuv.tf.draw;

/** Says how weights are drawn, by families of initialisers. */
sealed interface Scheme {

    /** Keeps what is stored. */
    record Keep() implements Scheme {}

    /** Draws orthonormal matrices. */
    record Orthogonal(Form form) implements Scheme {}

    /**
     * Draws independent weights.
     *
     * @param law their distribution
     * @param gain their variance times the fan
     * @param fan what the variance is divided by
     */
    record Scaled(Law law, double gain, Fan fan) implements Scheme {}

    /**
     * Draws independent Gaussian weights of standard deviation g / √N (Sussillo and Abbott 2014): g =
     * e^(1/2N) in front of what is linear or bends little, √2·e^(1.2 / (max(N, 6) − 2.4)) in front of a ReLU.
     */
    record RandomWalk() implements Scheme {
        static double gain(double fanIn, boolean relu) {
            return relu ? Math.sqrt(2) * Math.exp(1.2 / (Math.max(fanIn, 6) - 2.4)) : Math.exp(1 / (2 * fanIn));
        }
    }

    /** Draws what {@code reset_parameters} of PyTorch's modules does. */
    record PyTorch() implements Scheme {}

    /** Draws what the defaults of Keras' layers do. */
    record Keras() implements Scheme {}

    /** Lists ways to an orthonormal matrix. */
    enum Form {
        QR,
        SVD,
        DELTA
    }

    /** Lists what a variance is divided by. */
    enum Fan {
        IN,
        OUT,
        AVERAGE
    }
}
