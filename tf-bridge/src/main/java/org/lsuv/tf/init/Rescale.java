package org.lsuv.tf.init;

import java.util.Locale;

/** Lists what happens to weights after they are drawn. */
public enum Rescale {
    /** They are scaled until the layer's output has the target variance. */
    LSUV,
    /** They stay as they were drawn; the layer's output is measured and has no target. */
    NONE;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
