package org.lsuv.cli;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.lsuv.cli.Table.Cell;
import org.lsuv.cli.Table.Kind;
import org.lsuv.onnx.layers.KernelLayout;
import org.lsuv.onnx.layers.NotInitialised;
import org.lsuv.onnx.layers.OnnxLayer;
import org.lsuv.onnx.layers.WeightPath;
import org.lsuv.tf.WeightedLayer;

/** Prints what a network consists of: facts, the layers with weights, and what is no layer's. */
final class LayerListing {
    private final Console console;
    private final boolean verbose;

    LayerListing(Console console, Verbosity verbosity) {
        this.console = console;
        this.verbose = verbosity.isVerbose();
    }

    /**
     * Holds what is shown of a layer.
     *
     * @param bias the name of the stored bias, if there is one
     */
    record Row(
            int index,
            String name,
            String op,
            WeightPath weight,
            KernelLayout kernel,
            Optional<String> bias,
            String output) {
        static Row of(OnnxLayer layer) {
            return new Row(
                    layer.index(),
                    layer.name(),
                    layer.node().opType(),
                    layer.weight(),
                    layer.kernel(),
                    layer.bias().map(bias -> bias.path().source()),
                    layer.output());
        }

        static Row of(WeightedLayer layer) {
            return new Row(
                    layer.index(),
                    layer.name(),
                    layer.op(),
                    layer.weight(),
                    layer.kernel(),
                    layer.bias().map(WeightedLayer.Bias::weight),
                    layer.output());
        }
    }

    void fact(String name, String text) {
        if (!text.isEmpty()) {
            console.print(String.format("  %-12s %s", name, text));
        }
    }

    /** Returns how many layers, weights and parameters there are, in words. */
    static String count(List<WeightPath> layers) {
        Map<String, WeightPath> weights =
                layers.stream().collect(Collectors.toMap(WeightPath::source, path -> path, (a, b) -> a));
        return String.format(
                Locale.ROOT,
                "%d with %d weights of %,d parameters",
                layers.size(),
                weights.size(),
                weights.values().stream().mapToLong(WeightPath::elementCount).sum());
    }

    void layers(List<Row> layers) {
        if (!layers.isEmpty()) {
            console.print("");
            console.print(table(layers).lines(console));
        }
    }

    /** Prints of each weight that nodes put together which stored tensors its elements are in. */
    void gathered(Map<String, List<String>> sources) {
        if (!sources.isEmpty()) {
            console.print("");
            console.print("put together by nodes of the graph:");
            sources.forEach((weight, stored) -> console.print("  " + weight + " from " + String.join(", ", stored)));
        }
    }

    void notInitialised(List<NotInitialised> weights) {
        if (!weights.isEmpty()) {
            console.print("");
            console.print("not initialised:");
            for (NotInitialised weight : weights) {
                console.print("  " + weight.name() + " (" + shape(weight.shape()) + ") " + weight.reason());
            }
        }
    }

    private Table table(List<Row> layers) {
        Table table = new Table()
                .column("#", Kind.NUMBER)
                .column("layer", Kind.NAME)
                .column("op", Kind.TEXT)
                .column("weight", Kind.NAME)
                .column("shape", Kind.TEXT)
                .column("fan-in", Kind.NUMBER)
                .column("fan-out", Kind.NUMBER)
                .column("bias", Kind.NAME);
        if (verbose) {
            table.column("output", Kind.NAME);
        }
        for (Row layer : layers) {
            List<String> texts = List.of(
                    Integer.toString(layer.index()),
                    layer.name(),
                    layer.op(),
                    layer.weight().source(),
                    shape(layer.weight().operandShape()),
                    Long.toString(layer.kernel().fanIn()),
                    fanOut(layer.kernel()),
                    bias(layer),
                    layer.output());
            table.row(texts.stream()
                    .limit(verbose ? texts.size() : texts.size() - 1L)
                    .map(Cell::of)
                    .toList());
        }
        return table;
    }

    private String bias(Row layer) {
        return layer.bias().map(bias -> verbose ? bias : "yes").orElse("–");
    }

    /** Groups of a convolution, and stacked matrices, are counted apart: {@code 64×1}. */
    private static String fanOut(KernelLayout kernel) {
        return (kernel.blocks() > 1 ? kernel.blocks() + "×" : "") + kernel.fanOut();
    }

    static String shape(List<Long> sizes) {
        return sizes.stream().map(String::valueOf).collect(Collectors.joining("×"));
    }
}
