package org.lsuv.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lsuv.cli.Table.Cell;
import org.lsuv.cli.Table.Kind;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.layers.KernelLayout;
import org.lsuv.onnx.layers.NotInitialised;
import org.lsuv.onnx.layers.OnnxLayer;
import org.lsuv.onnx.layers.OnnxLayers;
import org.lsuv.onnx.layers.WeightPath;
import org.lsuv.tf.onnximport.UnsupportedOps;
import org.lsuv.tf.onnximport.ops.StandardOps;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what a model consists of, without running it. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        abbreviateSynopsis = true,
        versionProvider = Version.class,
        description = "Show inputs, outputs, layers with weights, and what is not supported; runs nothing.")
final class InspectCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(paramLabel = "MODEL", arity = "0..1", description = "The ONNX file; may be left out with --ops.")
    private @Nullable Path file;

    @Option(
            names = "--ops",
            description = "List operators instead: those of MODEL with their support, or all that are supported.")
    private boolean ops;

    @Option(names = "--json", description = "With --ops: print JSON.")
    private boolean json;

    @Mixin
    private Verbosity verbosity = new Verbosity();

    InspectCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        verbosity.check();
        if (json && !ops) {
            throw new UsageException("--json: only with --ops");
        }
        if (ops) {
            OpsListing listing =
                    file == null ? OpsListing.of(StandardOps.registry()) : OpsListing.of(file, StandardOps.registry());
            if (!verbosity.isQuiet()) {
                console.print(json ? listing.json() : listing.lines(console));
            }
            return ExitCode.OK.code();
        }
        if (file == null) {
            throw new UsageException("no model; give an ONNX file, or --ops for the operators that are supported");
        }
        OnnxModel model = OnnxReader.read(file);
        OnnxLayers layers = OnnxLayers.find(model.inlined().graph());
        UnsupportedOps unsupported = UnsupportedOps.of(model, StandardOps.registry());
        if (verbosity.isQuiet()) {
            return ExitCode.OK.code();
        }
        printFacts(model, layers);
        if (!layers.layers().isEmpty()) {
            console.print("");
            console.print(table(layers.layers()).lines(console));
        }
        if (!layers.notInitialised().isEmpty()) {
            console.print("");
            console.print("not initialised:");
            for (NotInitialised weight : layers.notInitialised()) {
                console.print("  " + weight.name() + " (" + shape(weight.shape()) + ") " + weight.reason());
            }
        }
        if (!unsupported.isEmpty()) {
            console.print("");
            console.print(console.coloured(unsupported.message(), Console.Tone.BAD));
        }
        return ExitCode.OK.code();
    }

    private void printFacts(OnnxModel model, OnnxLayers layers) {
        console.print(console.coloured(model.label(), Console.Tone.STRONG));
        fact("producer", model.producer());
        String opsets = new TreeMap<>(model.opsets())
                .entrySet().stream()
                        .map(entry -> (entry.getKey().isEmpty() ? "ai.onnx" : entry.getKey()) + " " + entry.getValue())
                        .collect(Collectors.joining(", "));
        fact("format", "IR version " + model.irVersion() + ", operator set " + opsets);
        fact("inputs", values(model.graph().inputs()));
        fact("outputs", values(model.graph().outputs()));
        fact("nodes", Integer.toString(model.graph().nodes().size()));
        Map<String, WeightPath> weights = layers.layers().stream()
                .map(OnnxLayer::weight)
                .collect(Collectors.toMap(WeightPath::source, path -> path, (a, b) -> a));
        fact(
                "layers",
                layers.layers().size() + " with " + weights.size() + " weights of " + parameters(weights.values())
                        + " parameters");
        if (!layers.batchNorms().isEmpty()) {
            fact("batch norms", layers.batchNorms().size() + " with running statistics");
        }
        if (!model.functionNames().isEmpty()) {
            fact("functions", String.join(", ", model.functionNames()));
        }
    }

    private void fact(String name, String text) {
        if (!text.isEmpty()) {
            console.print(String.format("  %-12s %s", name, text));
        }
    }

    private static String values(List<OnnxValue> values) {
        return values.stream().map(OnnxValue::toString).collect(Collectors.joining(", "));
    }

    private static String parameters(Collection<WeightPath> weights) {
        return String.format(
                java.util.Locale.ROOT,
                "%,d",
                weights.stream().mapToLong(WeightPath::elementCount).sum());
    }

    private Table table(List<OnnxLayer> layers) {
        Table table = new Table()
                .column("#", Kind.NUMBER)
                .column("layer", Kind.NAME)
                .column("op", Kind.TEXT)
                .column("weight", Kind.NAME)
                .column("shape", Kind.TEXT)
                .column("fan-in", Kind.NUMBER)
                .column("fan-out", Kind.NUMBER)
                .column("bias", Kind.NAME);
        if (verbosity.isVerbose()) {
            table.column("output", Kind.NAME);
        }
        for (OnnxLayer layer : layers) {
            List<String> texts = List.of(
                    Integer.toString(layer.index()),
                    layer.name(),
                    layer.node().opType(),
                    layer.weight().source(),
                    shape(layer.weight().operandShape()),
                    Long.toString(layer.kernel().fanIn()),
                    fanOut(layer.kernel()),
                    bias(layer),
                    layer.output());
            table.row(texts.stream()
                    .limit(verbosity.isVerbose() ? texts.size() : texts.size() - 1L)
                    .map(Cell::of)
                    .toList());
        }
        return table;
    }

    private String bias(OnnxLayer layer) {
        return layer.bias()
                .map(bias -> verbosity.isVerbose() ? bias.path().source() : "yes")
                .orElse("–");
    }

    /** Groups of a convolution, and stacked matrices, are counted apart: {@code 64×1}. */
    private static String fanOut(KernelLayout kernel) {
        return (kernel.blocks() > 1 ? kernel.blocks() + "×" : "") + kernel.fanOut();
    }

    static String shape(List<Long> sizes) {
        return sizes.stream().map(String::valueOf).collect(Collectors.joining("×"));
    }
}
