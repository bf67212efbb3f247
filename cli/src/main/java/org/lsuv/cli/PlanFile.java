package org.lsuv.cli;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.lsuv.tf.draw.Initializer;
import org.lsuv.tf.init.BiasRule;
import org.lsuv.tf.init.LayerRule;
import org.lsuv.tf.init.Rescale;

/**
 * Reads what is otherwise for some layers, a list of rules of which the first that matches a layer holds:
 *
 * <pre>{@code
 * {"layers": [{"match": "conv1", "init": "he-normal", "target": 2}, {"match": "head", "skip": true}]}
 * }</pre>
 */
final class PlanFile {
    private static final List<String> KEYS = List.of("match", "init", "rescale", "bias", "target", "skip");

    /** A plan is written by hand. */
    private static final long MOST_BYTES = 1 << 20;

    private final Path file;
    private final JsonReader json;

    private PlanFile(Path file, Reader reader) {
        this.file = file;
        this.json = new JsonReader(reader);
    }

    /**
     * Reads a plan.
     *
     * @throws UsageException if it is no plan; the message names the file, the rule and the key
     */
    static List<LayerRule> read(Path file) throws IOException {
        if (Files.size(file) > MOST_BYTES) {
            throw new UsageException(file + ": expected a plan of at most 1 MiB, found " + Files.size(file) + " bytes");
        }
        try (Reader reader = Files.newBufferedReader(file)) {
            return new PlanFile(file, reader).rules();
        } catch (MalformedJsonException | EOFException | IllegalStateException problem) {
            throw new UsageException(file + ": no valid JSON: "
                    + String.valueOf(problem.getMessage()).lines().findFirst().orElse(""));
        }
    }

    private List<LayerRule> rules() throws IOException {
        List<LayerRule> rules = new ArrayList<>();
        json.beginObject();
        while (json.hasNext()) {
            String key = json.nextName();
            if (!key.equals("layers")) {
                throw problem("unknown key \"" + key + "\"; expected \"layers\", a list of rules");
            }
            json.beginArray();
            while (json.hasNext()) {
                rules.add(rule());
            }
            json.endArray();
        }
        json.endObject();
        if (json.peek() != JsonToken.END_DOCUMENT) {
            throw problem("expected nothing behind the plan");
        }
        return rules;
    }

    private LayerRule rule() throws IOException {
        Optional<Pattern> match = Optional.empty();
        Optional<Initializer> initializer = Optional.empty();
        Optional<Rescale> rescale = Optional.empty();
        Optional<BiasRule> biases = Optional.empty();
        OptionalDouble target = OptionalDouble.empty();
        boolean skip = false;
        json.beginObject();
        while (json.hasNext()) {
            String key = json.nextName();
            switch (key) {
                case "match" -> match = Optional.of(pattern());
                case "init" -> initializer = Optional.of(value(Initializer.values()));
                case "rescale" -> rescale = Optional.of(value(Rescale.values()));
                case "bias" -> biases = Optional.of(value(BiasRule.values()));
                case "target" -> target = OptionalDouble.of(variance());
                case "skip" -> skip = truth();
                default ->
                    throw problem("unknown key \"" + key + "\"" + EnumNames.suggestion(key, KEYS) + "; expected one of "
                            + String.join(", ", KEYS));
            }
        }
        json.endObject();
        if (match.isEmpty()) {
            throw problem("the rule has no \"match\", a regular expression for names of layers or weights");
        }
        return new LayerRule(match.get(), initializer, rescale, biases, target, skip);
    }

    private Pattern pattern() throws IOException {
        String text = text();
        try {
            return Pattern.compile(text);
        } catch (PatternSyntaxException problem) {
            throw problem("\"" + text + "\" is no regular expression: " + problem.getDescription());
        }
    }

    private String text() throws IOException {
        if (json.peek() != JsonToken.STRING) {
            throw problem("expected a text, found " + found());
        }
        return json.nextString();
    }

    private double variance() throws IOException {
        if (json.peek() != JsonToken.NUMBER) {
            throw problem("expected a positive number, found " + found());
        }
        String text = json.nextString();
        double number = Double.parseDouble(text);
        if (!(number > 0) || Double.isInfinite(number)) {
            throw problem("expected a positive number, found " + text);
        }
        return number;
    }

    private boolean truth() throws IOException {
        if (json.peek() != JsonToken.BOOLEAN) {
            throw problem("expected true or false, found " + found());
        }
        return json.nextBoolean();
    }

    private <E extends Enum<E>> E value(E[] values) throws IOException {
        String text = text();
        List<String> names = Arrays.stream(values).map(E::toString).toList();
        return Arrays.stream(values)
                .filter(value -> value.toString().equals(text))
                .findFirst()
                .orElseThrow(() -> problem("expected one of " + String.join(", ", names) + ", found \"" + text + "\""
                        + EnumNames.suggestion(text, names)));
    }

    private String found() throws IOException {
        return switch (json.peek()) {
            case STRING -> "a text";
            case NUMBER -> "a number";
            case BOOLEAN -> "true or false";
            case NULL -> "null";
            case BEGIN_ARRAY -> "a list";
            case BEGIN_OBJECT -> "an object";
            default -> "nothing";
        };
    }

    /** The path of Gson's reader names the rule by its number from 0, and the key: {@code $.layers[1].init}. */
    private UsageException problem(String message) {
        return new UsageException(file + ": " + json.getPath() + ": " + message);
    }
}
