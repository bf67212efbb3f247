package org.lsuv.tf.residual;

import java.util.List;
import org.lsuv.tf.TfModel;

/**
 * Holds the residual structure of a network.
 *
 * @param joins the sums of a stream and a branch, in execution order
 * @param concatenations what joins a stream with a branch side by side
 * @param highways the gated sums
 */
public record Residuals(List<Join> joins, List<Concatenation> concatenations, List<Highway> highways) {
    public Residuals {
        joins = List.copyOf(joins);
        concatenations = List.copyOf(concatenations);
        highways = List.copyOf(highways);
    }

    /** Finds the residual structure of a network. */
    public static Residuals find(TfModel model) {
        return new ResidualSearch(model).run();
    }
}
