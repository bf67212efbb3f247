package org.lsuv.cli;

/** Says that options do not fit each other or the model. */
final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UsageException(String sentence) {
        super(sentence);
    }
}
