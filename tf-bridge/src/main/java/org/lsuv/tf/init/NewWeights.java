package org.lsuv.tf.init;

import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;
import org.lsuv.tf.WeightedLayer;

/** Holds the values that replace a model's stored ones, each in the type and form in which it is stored. */
final class NewWeights {
    private final TfModel model;
    private final Map<String, OnnxTensor> values = new LinkedHashMap<>();

    NewWeights(TfModel model) {
        this.model = model;
    }

    /** Returns the value of a stored tensor, the new one where there is one. */
    OnnxTensor current(String name) {
        OnnxTensor value = values.get(name);
        return value == null ? model.weight(name).value() : value;
    }

    /** Returns the new values by name. */
    Map<String, OnnxTensor> all() {
        return values;
    }

    /** Feeds all values of the model, new and old. */
    void feed(TfRun run) {
        values.forEach((name, value) -> run.feed(model.weight(name).tensor(), value));
        run.feedWeights(model);
    }

    void putAll(Map<String, OnnxTensor> some) {
        values.putAll(some);
    }

    /** Takes numbers of another type. */
    void putRounded(String name, OnnxTensor numbers) {
        values.put(name, StoredWeights.rounded(numbers, model.weight(name).value()));
    }

    void put(String name, double[] numbers) {
        OnnxTensor old = model.weight(name).value();
        values.put(name, OnnxTensor.ofDoubles(name, old.type(), old.shape(), numbers));
    }

    /** Gives all elements of a tensor the value 0. */
    void clear(String name) {
        values.put(name, StoredWeights.zeros(current(name)));
    }

    /** Gives all elements of a small tensor one value. */
    void fill(String name, double value) {
        double[] numbers = new double[Math.toIntExact(current(name).elementCount())];
        Arrays.fill(numbers, value);
        put(name, numbers);
    }

    /**
     * Multiplies the parts of a layer's weight, or of the gain that scales it.
     *
     * @param factors one a part
     * @return why that cannot be stored; empty where it was done
     */
    Optional<String> scale(LayerGroup group, double[] factors, TfOptions run) {
        OnnxTensor weight = current(group.scaled());
        Optional<OnnxTensor> scaled;
        if (group.partition().isWhole()) {
            scaled = StoredWeights.scaled(weight, factors[0]);
        } else {
            OnnxTensor spread =
                    ChannelFactors.of(group.leader(), group.partition().spread(factors), run);
            Optional<OnnxTensor> own =
                    group.scaled().equals(group.weight()) ? Optional.of(spread) : Gains.shared(spread, weight);
            if (own.isEmpty()) {
                return Optional.of("its gain \"" + group.scaled() + "\" scales several of its parts together");
            }
            scaled = StoredWeights.scaled(weight, own.get());
        }
        if (scaled.isEmpty()) {
            return Optional.of(String.format(
                    Locale.ROOT,
                    "a scale of %.3g takes its weight out of the range of %s",
                    Arrays.stream(factors).max().orElse(1),
                    weight.type().label()));
        }
        values.put(group.scaled(), scaled.get());
        return Optional.empty();
    }

    /** Multiplies several tensors by one factor, if all results can be stored. */
    boolean scale(Collection<String> names, double factor) {
        Map<String, OnnxTensor> scaled = new LinkedHashMap<>();
        for (String name : names) {
            StoredWeights.scaled(current(name), factor).ifPresent(value -> scaled.put(name, value));
        }
        if (scaled.size() < names.size()) {
            return false;
        }
        values.putAll(scaled);
        return true;
    }

    /**
     * Takes from the bias of a layer what brings the mean of its output to zero, as far as one value a part can.
     *
     * @param shifts one a part
     */
    void centre(LayerGroup group, double[] shifts) {
        WeightedLayer.Bias bias = group.leader().bias().orElseThrow();
        OnnxTensor old = current(bias.weight());
        Optional<RecurrentBias> recurrent = RecurrentBias.of(group.leader(), old);
        boolean perChannel = recurrent.isPresent() || (!group.partition().isWhole() && old.elementCount() > 1);
        double[] numbers = Arrays.stream(perChannel ? group.partition().spread(shifts) : shifts)
                .map(shift -> shift / bias.factor())
                .toArray();
        if (numbers.length > 1 && !perChannel) {
            return;
        }
        double[] stored = recurrent.map(halves -> halves.onInput(numbers)).orElse(numbers);
        StoredWeights.less(old, stored).ifPresent(value -> values.put(bias.weight(), value));
    }
}
