package org.lsuv.tf.diagnose;

/**
 * Says how one failure mode stands.
 *
 * @param mode the failure mode
 * @param level how bad it is
 * @param figure the number that decides
 * @param quantity what that number is, such as {@code M_out/M_in}
 * @param atRisk the bound beyond which the level is {@link Level#AT_RISK}
 * @param willNotStart the bound beyond which it is {@link Level#WILL_NOT_START}
 * @param finding what was found, one sentence
 * @param advice what to change; empty where nothing is to be changed
 */
public record Verdict(
        FailureMode mode,
        Level level,
        double figure,
        String quantity,
        double atRisk,
        double willNotStart,
        String finding,
        String advice) {

    /** Lists how bad it can be. */
    public enum Level {
        FINE("fine"),
        AT_RISK("at risk"),
        WILL_NOT_START("will not start");

        private final String label;

        Level(String label) {
            this.label = label;
        }

        /** Returns the level in words. */
        public String label() {
            return label;
        }
    }
}
