package org.lsuv.tf.init;

import java.util.Locale;

/**
 * Lists what variance the branches of residual joins get, in proportion to their stream's variance at the join. What
 * sets a branch is its last layers, or the scale of a normalisation behind them.
 */
public enum ResidualRule {
    /** None: branches are left as their layers make them, like {@link #LSUV} where these are scaled. */
    NONE,
    /** None: every layer has the target variance, the last ones of branches too. */
    LSUV,
    /**
     * Equal shares: each of L joins adds 1 / (L + 1) of the variance that the first stream has, so that the last sum has
     * less than twice of it at any depth. What a branch has in common with its stream counts.
     */
    UNIT,
    /** Geometric, η = bˡ for the l-th join from 1 on (Hanin and Rolnick 2018): Ση stays bounded at any depth. */
    HANIN,
    /** Zero: every branch starts as nothing, and the network as its stream (Zhang et al. 2019). */
    FIXUP;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Tells whether branches have targets of their own. */
    boolean setsBranches() {
        return this == UNIT || this == HANIN || this == FIXUP;
    }

    /**
     * Returns η², the variance of a branch as a share of its stream's; for equal shares what the join adds to the stream's
     * variance, as a share of what it is there.
     *
     * @param index the position of the join
     * @param joins the number of joins
     * @param base b of the geometric rule
     */
    double share(int index, int joins, double base) {
        return switch (this) {
            case UNIT -> 1.0 / (joins + 1 + index);
            case HANIN -> Math.pow(base, 2.0 * (index + 1));
            case FIXUP -> 0;
            case NONE, LSUV -> Double.NaN;
        };
    }
}
