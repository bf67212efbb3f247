package org.lsuv.tf.controlflow;

/** Says why control flow of TensorFlow 1 cannot be written as functions; it runs as it is. */
final class NotFunctional extends Exception {
    private static final long serialVersionUID = 1;

    NotFunctional(String reason) {
        super(reason);
    }

    /** Returns the reason, as a part of a sentence. */
    String reason() {
        return String.valueOf(getMessage());
    }
}
