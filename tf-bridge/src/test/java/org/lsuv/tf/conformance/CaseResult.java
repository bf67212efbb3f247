package org.lsuv.tf.conformance;

/**
 * Holds the result of a case.
 *
 * @param name kind and name
 * @param facts what is known of it from its file
 * @param status how it ended
 * @param failure why it failed; empty if it passed
 * @param reason why it may fail; empty if it may not
 */
record CaseResult(String name, CaseFacts facts, Status status, String failure, String reason) {

    /** Starts the reason for a case that fails in one version of the suite and passes in another. */
    private static final String SOME_VERSIONS = "in some versions ";

    /** Lists how cases end. */
    enum Status {
        /** It passes. */
        PASSED,
        /** It fails, as the list of exclusions says. */
        EXCLUDED,
        /** It fails, and should not. */
        FAILED,
        /** It passes, though the list of exclusions says otherwise. */
        STALE,
        /** It takes the process down, or never ends, which nothing excuses. */
        CRASHED
    }

    static CaseResult of(String name, CaseFacts facts, CaseProcess.Verdict verdict, String reason) {
        Status status;
        if (verdict.crashed()) {
            status = Status.CRASHED;
        } else if (verdict.failure().isEmpty()) {
            boolean excused = reason.isEmpty() || reason.startsWith(SOME_VERSIONS);
            status = excused ? Status.PASSED : Status.STALE;
        } else {
            status = reason.isEmpty() ? Status.FAILED : Status.EXCLUDED;
        }
        return new CaseResult(name, facts, status, verdict.failure(), reason);
    }

    boolean passed() {
        return failure.isEmpty();
    }

    /** Tells whether the run may end well with this result. */
    boolean isFine() {
        return status == Status.PASSED || status == Status.EXCLUDED;
    }

    @Override
    public String toString() {
        return switch (status) {
            case STALE -> name + ": passes; take it off the list of exclusions (" + reason + ")";
            case CRASHED, FAILED -> name + ": " + failure;
            default -> name;
        };
    }
}
