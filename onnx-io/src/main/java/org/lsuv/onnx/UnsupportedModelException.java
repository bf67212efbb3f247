package org.lsuv.onnx;

/**
 * Says that a model is well-formed but uses something that this version cannot handle.
 *
 * <p>The message names what is not supported and, where there is one, the way round it.
 */
public final class UnsupportedModelException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Creates the exception with a message that is complete but for the file's name. */
    public UnsupportedModelException(String message) {
        super(OneLine.of(message));
    }

    /** Creates the exception with the failure that revealed the limit. */
    public UnsupportedModelException(String message, Throwable cause) {
        super(OneLine.of(message), cause);
    }

    /** Returns this problem with the name of the file in front: {@code model.onnx: …}. */
    public UnsupportedModelException in(String file) {
        String message = getMessage() == null ? toString() : getMessage();
        return message.startsWith(file + ": ") ? this : new UnsupportedModelException(file + ": " + message, this);
    }
}
