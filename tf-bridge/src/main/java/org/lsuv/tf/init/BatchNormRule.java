package org.lsuv.tf.init;

/** Lists what becomes of the running statistics of batch normalisations in inference form. */
public enum BatchNormRule {
    /** They become the statistics of the batch; later layers would be measured on stale ones otherwise. */
    RECALIBRATE,
    /** They stay. */
    KEEP
}
