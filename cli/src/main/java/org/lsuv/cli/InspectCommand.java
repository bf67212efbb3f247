package org.lsuv.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.gathered.GatheredWeights;
import org.lsuv.onnx.layers.OnnxLayer;
import org.lsuv.onnx.layers.OnnxLayers;
import org.lsuv.onnx.measured.UnrolledBodies;
import org.lsuv.tf.network.Network;
import org.lsuv.tf.onnximport.UnsupportedOps;
import org.lsuv.tf.onnximport.ops.StandardOps;
import org.lsuv.tf.savedmodel.SavedModelReader;
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

    @Parameters(
            paramLabel = "MODEL",
            arity = "0..1",
            description = "The ONNX file, or the folder of a SavedModel; may be left out with --ops.")
    private @Nullable Path file;

    @Option(
            names = "--ops",
            description = "List operators instead: those of MODEL with their support, or all that are supported.")
    private boolean ops;

    @Option(names = "--json", description = "With --ops: print JSON.")
    private boolean json;

    @Mixin
    private SourceOptions sources = new SourceOptions();

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
            throw new UsageException(
                    "no model; give an ONNX file or a SavedModel, or --ops for the operators that are supported");
        }
        if (Network.isSavedModel(file)) {
            new SavedModelInspection(console, verbosity).print(SavedModelReader.read(file), sources.savedModel());
        } else {
            sources.requireNone(file);
            inspect(OnnxReader.read(file));
        }
        return ExitCode.OK.code();
    }

    private void inspect(OnnxModel model) {
        GatheredWeights gathered = GatheredWeights.of(model);
        OnnxLayers layers = OnnxLayers.find(gathered.folded().inlined().graph());
        UnsupportedOps unsupported = UnsupportedOps.of(model, StandardOps.registry());
        if (verbosity.isQuiet()) {
            return;
        }
        LayerListing listing = new LayerListing(console, verbosity);
        printFacts(listing, model, layers);
        listing.layers(layers.layers().stream().map(LayerListing.Row::of).toList());
        listing.gathered(gathered.sources());
        listing.notInitialised(layers.notInitialised());
        if (UnrolledBodies.areIn(model)) {
            console.print("");
            console.print("Bodies are unrolled as a batch runs through them: weights on its way are initialised.");
        }
        if (!unsupported.isEmpty()) {
            console.print("");
            console.print(console.coloured(unsupported.message(), Console.Tone.BAD));
        }
    }

    private void printFacts(LayerListing listing, OnnxModel model, OnnxLayers layers) {
        console.print(console.coloured(model.label(), Console.Tone.STRONG));
        listing.fact("producer", model.producer());
        String opsets = new TreeMap<>(model.opsets())
                .entrySet().stream()
                        .map(entry -> (entry.getKey().isEmpty() ? "ai.onnx" : entry.getKey()) + " " + entry.getValue())
                        .collect(Collectors.joining(", "));
        listing.fact("format", "IR version " + model.irVersion() + ", operator set " + opsets);
        listing.fact("inputs", values(model.graph().inputs()));
        listing.fact("outputs", values(model.graph().outputs()));
        listing.fact("nodes", Integer.toString(model.graph().nodes().size()));
        listing.fact(
                "layers",
                LayerListing.count(
                        layers.layers().stream().map(OnnxLayer::weight).toList()));
        if (!layers.batchNorms().isEmpty()) {
            listing.fact("batch norms", layers.batchNorms().size() + " with running statistics");
        }
        if (!model.functionNames().isEmpty()) {
            listing.fact("functions", String.join(", ", model.functionNames()));
        }
    }

    private static String values(List<OnnxValue> values) {
        return values.stream().map(OnnxValue::toString).collect(Collectors.joining(", "));
    }
}
