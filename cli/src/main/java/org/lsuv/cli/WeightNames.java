package org.lsuv.cli;

import java.util.Locale;

/** Lists whose names the tensors in a file of weights have. */
enum WeightNames {
    /** Those of the model's {@code state_dict}. */
    PYTORCH("PyTorch's names"),
    /** Those of the stored tensors, in a model that does not come from PyTorch. */
    ONNX("their names in the ONNX file"),
    /** Those of the variables of a SavedModel. */
    TENSORFLOW("the names of their variables");

    private final String text;

    WeightNames(String text) {
        this.text = text;
    }

    /** Returns the names in words, as they follow <i>under</i>. */
    String text() {
        return text;
    }

    /** Returns what a report calls them. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
