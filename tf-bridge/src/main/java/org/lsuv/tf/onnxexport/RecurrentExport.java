package org.lsuv.tf.onnxexport;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.lsuv.onnx.NodeDraft;
import org.lsuv.onnx.OnnxType;

/** Writes a loop that runs a recurrent cell as LSTM, GRU or RNN (since version 7 each, sequences in front). */
final class RecurrentExport {
    private final NodeExport node;
    private final RecurrentLoop loop;
    private final RecurrentCell cell;

    RecurrentExport(NodeExport node, RecurrentLoop loop) {
        this.node = node;
        this.loop = loop;
        this.cell = loop.cell();
    }

    void write() {
        RecurrentWeights weights = new RecurrentWeights(node, cell);
        List<String> operands = new ArrayList<>(List.of(sequence(), weights.input(), weights.state()));
        operands.add(weights.biases().orElse(""));
        operands.add(lengths());
        operands.add(initial(cell.hidden()));
        if (cell.cell().isPresent()) {
            operands.add(initial(cell.cell().getAsInt()));
        }
        while (operands.get(operands.size() - 1).isEmpty()) {
            operands.remove(operands.size() - 1);
        }
        NodeDraft draft =
                node.draft(cell.operator(), operands.toArray(String[]::new)).with("hidden_size", cell.size());
        if (!cell.functions().equals(cell.defaults())) {
            draft.withTexts("activations", cell.functions());
        }
        if (cell.resetAfter()) {
            draft.with("linear_before_reset", 1);
        }
        results(draft);
    }

    /** Returns the elements of the list, which a Loop would read one after the other. */
    private String sequence() {
        String all = node.in(cell.item());
        if (loop.steps().isEmpty()) {
            return all;
        }
        String limit = node.cast(node.scope().name(loop.steps().get()), OnnxType.INT64);
        return node.add("Slice", all, node.longs(0), node.reshape(limit, 1), node.longs(0));
    }

    /** Returns a state before the first step with an axis for directions; empty for zeros, which are the default. */
    private String initial(int state) {
        return RecurrentEnds.isZero(node, state) ? "" : node.unsqueeze(node.in(state), List.of(0L));
    }

    /** Returns the number of steps of each row, which must not be more than there are; empty where all take all. */
    private String lengths() {
        if (loop.lengths().isEmpty()) {
            return "";
        }
        String steps = node.add("Gather", node.add("Shape", node.in(cell.item())), node.longs(0));
        int place = loop.lengths().getAsInt();
        String lengths =
                node.type(place) == OnnxType.INT32 ? node.in(place) : node.cast(node.in(place), OnnxType.INT32);
        return node.add("Min", lengths, node.cast(steps, OnnxType.INT32));
    }

    private void results(NodeDraft draft) {
        boolean all = wants(RecurrentLoop.Result.HIDDEN_STATES);
        boolean last = wants(RecurrentLoop.Result.HIDDEN_STATE) || wants(RecurrentLoop.Result.LIST_OF_HIDDEN_STATE);
        boolean cells = wants(RecurrentLoop.Result.CELL_STATE);
        String each = all || (!last && !cells) ? node.name(0) : "";
        String end = last ? node.name(1) : "";
        String cellEnd = cells ? node.name(2) : "";
        draft.addAs(
                Stream.of(each, end, cellEnd).limit(cells ? 3 : last ? 2 : 1).toList());
        for (int i = 0; i < loop.results().size(); i++) {
            if (!node.wants(i)) {
                node.nothing(i, "nothing was to read result " + i);
                continue;
            }
            switch (loop.results().get(i)) {
                case UNCHANGED -> node.passes(i, i);
                case HIDDEN_STATES -> node.give(i, node.draft("Squeeze", each, node.longs(1)));
                case HIDDEN_STATE -> node.give(i, node.draft("Squeeze", end, node.longs(0)));
                case CELL_STATE -> node.give(i, node.draft("Squeeze", cellEnd, node.longs(0)));
                case LIST_OF_HIDDEN_STATE -> node.is(i, end);
            }
        }
    }

    private boolean wants(RecurrentLoop.Result result) {
        for (int i = 0; i < loop.results().size(); i++) {
            if (loop.results().get(i) == result && node.wants(i)) {
                return true;
            }
        }
        return false;
    }
}
