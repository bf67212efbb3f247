package org.lsuv.tf.init;

import java.util.Locale;

/** Lists what becomes of the running statistics of batch normalisations in inference form. */
public enum BatchNormRule {
    /** They become the statistics of the batch; later layers would be measured on stale ones otherwise. */
    RECALIBRATE,
    /** They stay. */
    KEEP;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
