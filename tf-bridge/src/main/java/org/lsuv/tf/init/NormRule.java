package org.lsuv.tf.init;

import java.util.Locale;

/** Lists what becomes of the stored scales and shifts of normalisations. */
public enum NormRule {
    /** They stay. */
    KEEP,
    /** Scales become 1 and shifts 0, as in a fresh network; running statistics that are kept become 0 and 1. */
    RESET;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
