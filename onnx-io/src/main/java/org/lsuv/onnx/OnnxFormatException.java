package org.lsuv.onnx;

/**
 * Says that an input file (a model or a data batch) is malformed.
 *
 * <p>The message is one line for a user: file, node or tensor, what was expected, what was found.
 */
public final class OnnxFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Creates the exception with a message that is complete but for the file's name. */
    public OnnxFormatException(String message) {
        super(OneLine.of(message));
    }

    /** Creates the exception with the failure that revealed the problem. */
    public OnnxFormatException(String message, Throwable cause) {
        super(OneLine.of(message), cause);
    }

    /** Returns this problem with the name of the file in front: {@code model.onnx: …}. */
    public OnnxFormatException in(String file) {
        return messageOf(this).startsWith(file + ": ")
                ? this
                : new OnnxFormatException(file + ": " + messageOf(this), this);
    }

    private static String messageOf(Throwable problem) {
        String message = problem.getMessage();
        return message == null ? problem.toString() : message;
    }
}
