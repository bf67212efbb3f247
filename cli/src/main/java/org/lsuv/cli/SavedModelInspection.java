package org.lsuv.cli;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.Weight;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.layers.JointKernels;
import org.lsuv.tf.layers.TfLayers;
import org.lsuv.tf.savedmodel.SavedModel;
import org.lsuv.tf.savedmodel.SavedModelImporter;
import org.lsuv.tf.savedmodel.SavedModelOptions;
import org.lsuv.tf.savedmodel.Signature;

/** Prints what a SavedModel consists of. */
final class SavedModelInspection {
    private static final int FEW = 20;

    private final Console console;
    private final boolean quiet;
    private final boolean verbose;
    private final LayerListing listing;

    SavedModelInspection(Console console, Verbosity verbosity) {
        this.console = console;
        this.quiet = verbosity.isQuiet();
        this.verbose = verbosity.isVerbose();
        this.listing = new LayerListing(console, verbosity);
    }

    /** Prints the signatures, and the variables and layers of the one that is asked for. */
    void print(SavedModel saved, SavedModelOptions options) {
        Map<String, Signature> signatures = saved.signatures(options);
        if (!quiet) {
            console.print(console.coloured(saved.label(), Console.Tone.STRONG));
            listing.fact(
                    "format",
                    "SavedModel, tags "
                            + saved.tags().stream()
                                    .map(tags -> String.join(",", tags))
                                    .collect(Collectors.joining("; ")));
            signatures.values().forEach(signature -> listing.fact("signature", text(signature)));
        }
        try {
            print(SavedModelImporter.load(saved, options));
        } catch (UnsupportedModelException problem) {
            if (!quiet) {
                console.print("");
                console.print(console.coloured(String.valueOf(problem.getMessage()), Console.Tone.BAD));
            }
        }
    }

    private static String text(Signature signature) {
        return signature.name() + "(" + arguments(signature.inputs()) + ") -> " + arguments(signature.outputs());
    }

    private static String arguments(Map<String, Signature.Argument> arguments) {
        return arguments.entrySet().stream()
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .collect(Collectors.joining(", "));
    }

    private void print(TfModel model) {
        TfLayers layers = TfLayers.in(JointKernels.cutIn(model).model());
        if (quiet) {
            return;
        }
        listing.fact("nodes", Integer.toString(model.operationCount()));
        listing.fact(
                "layers",
                LayerListing.count(
                        layers.layers().stream().map(WeightedLayer::weight).toList()));
        if (!layers.batchNorms().isEmpty()) {
            listing.fact("batch norms", layers.batchNorms().size() + " with running statistics");
        }
        variables(List.copyOf(model.weights().values()));
        listing.layers(layers.layers().stream().map(LayerListing.Row::of).toList());
        listing.notInitialised(layers.notInitialised());
    }

    private void variables(List<Weight> weights) {
        if (weights.isEmpty()) {
            return;
        }
        console.print("");
        console.print("variables:");
        weights.stream()
                .limit(verbose ? weights.size() : FEW)
                .forEach(weight -> console.print(
                        "  " + weight.name() + ": " + weight.value().type().label()
                                + OnnxShape.text(weight.value().shape())));
        if (!verbose && weights.size() > FEW) {
            console.print("  … and " + (weights.size() - FEW) + " more (--verbose lists them)");
        }
    }
}
