package org.lsuv.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/** Lists the exit codes: the one place that says what they mean. */
enum ExitCode {
    /** Everything asked for was done, and every layer is within the tolerance. */
    OK(0, "every layer is within the tolerance"),
    /** The work was done, and something that a user must look at was found. */
    FLAGGED(
            1,
            "done, but a layer is flagged, check or verify found a difference, or diagnose found that it will not"
                    + " start"),
    /** The command line makes no sense, or names files that are missing or must not be replaced. */
    USAGE(2, "wrong usage; an input file is missing, or an output exists already"),
    /** An input file is malformed. */
    MALFORMED(3, "malformed model or data"),
    /** The model is well-formed and cannot be handled. */
    UNSUPPORTED(4, "unsupported model"),
    /** Anything else. */
    FAILURE(5, "any other failure");

    private final int code;
    private final String meaning;

    ExitCode(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    int code() {
        return code;
    }

    /** Returns the list for the help: meaning by code. */
    static Map<String, String> list() {
        Map<String, String> list = new LinkedHashMap<>();
        for (ExitCode exit : values()) {
            list.put(" " + exit.code, exit.meaning);
        }
        return list;
    }
}
