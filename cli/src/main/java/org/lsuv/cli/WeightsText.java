package org.lsuv.cli;

import java.util.ArrayList;
import java.util.List;
import org.lsuv.onnx.pytorch.Lost;

/** Says what a file of weights holds, and what it lacks. */
final class WeightsText {
    /** So many missing tensors are named; the report names all. */
    private static final int MOST = 5;

    private WeightsText() {}

    static List<String> lines(WeightsOutput.Contents contents, boolean dryRun) {
        List<String> lines = new ArrayList<>();
        int count = contents.parameters().size();
        lines.add((dryRun ? "would write " : "wrote ") + contents.output().file() + ": " + count
                + (count == 1 ? " tensor under " : " tensors under ")
                + contents.names().text());
        List<Lost> lost = contents.lost();
        lost.stream()
                .limit(MOST)
                .map(tensor -> "not in it: \"" + tensor.source() + "\" " + tensor.reason())
                .forEach(lines::add);
        if (lost.size() > MOST) {
            lines.add("not in it: " + (lost.size() - MOST) + " more, which --report lists");
        }
        contents.notes().forEach(note -> lines.add("note: " + note));
        return lines;
    }
}
