package org.lsuv.cli.report;

import org.lsuv.tf.diagnose.Verdict;

/**
 * Says how one layer stands.
 *
 * @param level how bad it is
 * @param reason why, in a few words; empty where all is well
 */
record Health(Verdict.Level level, String reason) {
    static final Health FINE = new Health(Verdict.Level.FINE, "");

    Health worse(Health other) {
        return other.level.compareTo(level) > 0 ? other : this;
    }
}
