package org.lsuv.onnx.data;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collection;
import org.lsuv.onnx.OnnxFormatException;

/**
 * Says which file feeds the model, as given with {@code --data FILE} or {@code --data NAME=FILE}.
 *
 * @param input the name of the input; empty where none was given
 * @param file the data file
 */
public record DataArgument(String input, Path file) {

    /**
     * Returns what {@code FILE} or {@code NAME=FILE} means. The part before the first {@code =} is a
     * name if the model has such an input, or if the whole is not the path of an existing file; so a
     * file may have {@code =} in its name.
     *
     * @throws OnnxFormatException if the text cannot be a path
     */
    public static DataArgument parse(String argument, Collection<String> inputNames) {
        int equals = argument.indexOf('=');
        if (equals > 0 && equals < argument.length() - 1) {
            String name = argument.substring(0, equals);
            if (inputNames.contains(name) || !isFile(argument)) {
                return new DataArgument(name, path(argument.substring(equals + 1)));
            }
        }
        return new DataArgument("", path(argument));
    }

    private static boolean isFile(String argument) {
        try {
            return Files.isRegularFile(Path.of(argument));
        } catch (InvalidPathException notAPath) {
            return false;
        }
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException invalid) {
            throw new OnnxFormatException("\"" + text + "\": is not a file name; expected FILE or NAME=FILE", invalid);
        }
    }
}
