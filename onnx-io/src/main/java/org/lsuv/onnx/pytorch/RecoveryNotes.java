package org.lsuv.onnx.pytorch;

import java.util.ArrayList;
import java.util.List;

/** Says what a user should know about names that rules have given. */
final class RecoveryNotes {
    private RecoveryNotes() {}

    static List<String> of(List<Parameter> parameters) {
        List<String> notes = new ArrayList<>();
        List<String> folded = names(parameters, Recovery.FOLDED_BATCH_NORM).stream()
                .map(ParameterNames::module)
                .distinct()
                .toList();
        if (!folded.isEmpty()) {
            notes.add("batch normalisation is folded into " + count(folded.size(), "convolution") + " (\""
                    + folded.get(0) + "\"" + (folded.size() > 1 ? " …" : "")
                    + "): each has a weight and a bias, and the normalisation's own parameters are gone; load them"
                    + " into a model fused likewise (torch.nn.utils.fusion.fuse_conv_bn_eval), or export with"
                    + " training=TrainingMode.TRAINING and do_constant_folding=False");
        }
        List<String> scoped = names(parameters, Recovery.SCOPE);
        if (!scoped.isEmpty()) {
            notes.add(count(scoped.size(), "name") + " (\"" + scoped.get(0) + "\"" + (scoped.size() > 1 ? " …" : "")
                    + ") come from the modules that nodes name, where a module that is not called itself leaves no"
                    + " trace");
        }
        for (String tied : names(parameters, Recovery.TIED)) {
            parameters.stream()
                    .filter(parameter -> parameter.name().equals(tied))
                    .map(parameter -> "\"" + tied + "\" is \""
                            + parameter.sources().get(0) + "\": one parameter with" + " two names")
                    .forEach(notes::add);
        }
        return notes;
    }

    private static List<String> names(List<Parameter> parameters, Recovery recovery) {
        return parameters.stream()
                .filter(parameter -> parameter.recovery() == recovery)
                .map(Parameter::name)
                .toList();
    }

    private static String count(int count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }
}
