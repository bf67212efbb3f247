package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Writes what one If, Loop or Scan of the standard (version 9 on) does as nodes of the graph around it. */
final class UnrolledNode {
    private final NodeProto node;
    private final BodyRun run;
    private final long opset;
    private final BodyUnrolling.Copies copies;
    private final String label;
    private final OnnxAttributes attributes;

    UnrolledNode(NodeProto node, BodyRun run, long opset, BodyUnrolling.Copies copies) {
        this.node = node;
        this.run = run;
        this.opset = opset;
        this.copies = copies;
        this.label = label(node);
        this.attributes = run.node().attributes();
    }

    /** Returns what the names of a node's copies begin with. */
    static String label(NodeProto node) {
        return node.getName().isEmpty()
                ? node.getOutputList().stream()
                        .filter(name -> !name.isEmpty())
                        .findFirst()
                        .orElse(node.getOpType())
                : node.getName();
    }

    void write() {
        switch (node.getOpType()) {
            case "If" -> choice();
            case "Loop" -> loop();
            case "Scan" -> scan();
            default -> throw new IllegalArgumentException(run.node().describe() + " runs no body");
        }
    }

    private void choice() {
        List<String> results = copies.copy(label, List.of(), wanted(0, node.getOutputCount()));
        IntStream.range(0, node.getOutputCount()).forEach(i -> handOn(results.get(i), i));
    }

    private void loop() {
        int states = Math.max(node.getInputCount() - 2, 0);
        String going = run.node().input(1);
        if (going.isEmpty()) {
            going = copies.constant("going", OnnxTensor.ofNumbers("", OnnxType.BOOL, new long[0], 1));
        }
        List<String> carried = new ArrayList<>(List.of(going));
        carried.addAll(node.getInputList().subList(node.getInputCount() - states, node.getInputCount()));
        List<List<String>> scanned = lists(copies.body().getOutputCount() - 1 - states);
        for (int i = 0; i < run.times(); i++) {
            List<String> given = new ArrayList<>();
            given.add(copies.constant("iteration", OnnxTensor.ofLongs("", new long[0], i)));
            given.addAll(carried);
            carried = step(i, given, 1, states, scanned);
        }
        for (int i = 0; i < states; i++) {
            handOn(carried.get(1 + i), i);
        }
        for (int i = 0; i < scanned.size(); i++) {
            join(scanned.get(i), 0, states + i);
        }
    }

    private void scan() {
        int slices = (int) attributes.requireInt("num_scan_inputs");
        int states = node.getInputCount() - slices;
        long[] axes = list("scan_input_axes", slices);
        long[] directions = list("scan_input_directions", slices);
        List<String> carried = node.getInputList().subList(0, states);
        List<List<String>> scanned = lists(copies.body().getOutputCount() - states);
        for (int i = 0; i < run.times(); i++) {
            List<String> given = new ArrayList<>(carried);
            for (int j = 0; j < slices; j++) {
                long place = directions[j] == 0 ? i : run.times() - 1L - i;
                given.add(slice(node.getInput(states + j), place, axes[j]));
            }
            carried = step(i, given, 0, states, scanned);
        }
        for (int i = 0; i < states; i++) {
            handOn(carried.get(i), i);
        }
        long[] outputAxes = list("scan_output_axes", scanned.size());
        long[] outputDirections = list("scan_output_directions", scanned.size());
        for (int i = 0; i < scanned.size(); i++) {
            if (outputDirections[i] != 0) {
                Collections.reverse(scanned.get(i));
            }
            join(scanned.get(i), outputAxes[i], states + i);
        }
    }

    /**
     * Writes one iteration.
     *
     * @param before the outputs of the body in front of the states
     * @return what the next iteration gets of this one
     */
    private List<String> step(int i, List<String> given, int before, int states, List<List<String>> scanned) {
        Map<Integer, String> wanted = i == run.times() - 1 ? wanted(before, states) : Map.of();
        List<String> results = copies.copy(label + "/" + i, given, wanted);
        for (int j = 0; j < scanned.size(); j++) {
            scanned.get(j).add(results.get(before + states + j));
        }
        return results.subList(0, before + states);
    }

    /** Returns the names of the node's first outputs by the position of the body's output that becomes each. */
    private Map<Integer, String> wanted(int before, int count) {
        Map<Integer, String> wanted = new HashMap<>();
        for (int i = 0; i < count; i++) {
            if (!run.node().output(i).isEmpty()) {
                wanted.put(before + i, run.node().output(i));
            }
        }
        return wanted;
    }

    private static List<List<String>> lists(int count) {
        return IntStream.range(0, count)
                .<List<String>>mapToObj(i -> new ArrayList<>())
                .toList();
    }

    private long[] list(String attribute, int length) {
        return attributes.ints(attribute).orElseGet(() -> new long[length]);
    }

    private void handOn(String value, int output) {
        String name = run.node().output(output);
        if (!name.isEmpty() && !name.equals(value)) {
            copies.node("Identity", value).addAs(List.of(name));
        }
    }

    private String slice(String value, long place, long axis) {
        String index = copies.constant("slice", OnnxTensor.ofLongs("", new long[0], place));
        return copies.node("Gather", value, index).with("axis", axis).add();
    }

    /** Joins what the iterations give along a new axis. */
    private void join(List<String> values, long axis, int output) {
        String name = run.node().output(output);
        if (name.isEmpty()) {
            return;
        }
        List<String> rows = values.stream().map(value -> row(value, axis)).toList();
        copies.node("Concat", rows.toArray(new String[0])).with("axis", axis).addAs(List.of(name));
    }

    private String row(String value, long axis) {
        if (opset < 13) {
            return copies.node("Unsqueeze", value)
                    .withInts("axes", List.of(axis))
                    .add();
        }
        String axes = copies.constant("axes", OnnxTensor.ofLongs("", new long[] {1}, axis));
        return copies.node("Unsqueeze", value, axes).add();
    }
}
