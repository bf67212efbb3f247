package org.lsuv.onnx.pytorch;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Knows what names of parameters look like, and those that exporters invent. */
final class ParameterNames {
    /** Names of attributes and positions with dots between; keys of a {@code ModuleDict} may hold more. */
    private static final Pattern PARAMETER = Pattern.compile("[^./:\\s]+(\\.[^./:\\s]+)*");

    /** TorchScript numbers what has no name; the exporter of PyTorch 2 calls it val_1 or lifted_tensor_1. */
    private static final Pattern INVENTED = Pattern.compile("onnx::.*|[0-9]+|val_[0-9]+|(c_)?lifted_tensor_[0-9]+");

    private static final Pattern BIAS = Pattern.compile("(.*[._])?bias(_[^.]*)?");

    private ParameterNames() {}

    static boolean isParameter(String name) {
        return PARAMETER.matcher(name).matches() && !INVENTED.matcher(name).matches();
    }

    /** Tells whether an exporter gave this name to a tensor that had none, or had lost it. */
    static boolean isInvented(String name) {
        return INVENTED.matcher(name).matches();
    }

    /** Returns the name of the weight that goes with a bias: {@code in_proj_weight} for {@code in_proj_bias}. */
    static Optional<String> weightOf(String bias) {
        int leaf = bias.lastIndexOf('.') + 1;
        int found = bias.indexOf("bias", leaf);
        return BIAS.matcher(bias).matches() && found >= leaf
                ? Optional.of(bias.substring(0, found) + "weight" + bias.substring(found + "bias".length()))
                : Optional.empty();
    }

    /** Returns the module that a parameter belongs to; empty for one of the model itself. */
    static String module(String name) {
        int leaf = name.lastIndexOf('.');
        return leaf < 0 ? "" : name.substring(0, leaf);
    }

    /** Returns the modules that have these parameters, and those around them. */
    static Set<String> modules(Collection<String> names) {
        Set<String> modules = new LinkedHashSet<>();
        for (String name : names) {
            for (String module = module(name); !module.isEmpty(); module = module(module)) {
                modules.add(module);
            }
        }
        return modules;
    }

    static String join(String module, String name) {
        return module.isEmpty() ? name : module + "." + name;
    }
}
