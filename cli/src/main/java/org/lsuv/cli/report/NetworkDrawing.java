package org.lsuv.cli.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsuv.tf.diagnose.LayerDiagnosis;
import org.lsuv.tf.diagnose.ResidualBlock;
import org.lsuv.tf.diagnose.Verdict.Level;

/**
 * Draws the network as a chain of layers that wraps like a text, each in the colour of its health.
 *
 * <p>Layers of the same depth stand one above the other, as none of them reads another. A branch that is added to a
 * stream stands in a frame, and what the stream itself passes on its way around stands below it.
 */
final class NetworkDrawing {
    private final List<LayerDiagnosis> layers;
    private final List<ResidualBlock> blocks;
    private final HealthCheck health;
    private final Markup out;

    private NetworkDrawing(ReportPage page, Markup out) {
        this.layers = page.report().layers();
        this.blocks = page.report().residuals().blocks().stream()
                .filter(ResidualBlock::onTrunk)
                .sorted(Comparator.comparingInt(ResidualBlock::depth))
                .toList();
        this.health = new HealthCheck(page.report());
        this.out = out;
    }

    static void render(ReportPage page, Markup out) {
        NetworkDrawing drawing = new NetworkDrawing(page, out);
        out.open("section", "id", "network", "aria-labelledby", "network-title");
        out.element("h2", "The network", "id", "network-title");
        drawing.legend();
        out.open("ol", "class", "chain");
        drawing.chain();
        out.closeLine().closeLine();
    }

    private void legend() {
        out.open("p", "class", "lead").text("Layers in the order in which they run; each leads to its row below. ");
        for (Level level : Level.values()) {
            long count = layers.stream()
                    .filter(layer -> health.of(layer).level() == level)
                    .count();
            Levels.chip(out, level);
            out.text(" " + count + (level == Level.WILL_NOT_START ? "." : ", "));
        }
        if (!blocks.isEmpty()) {
            out.text(" A frame is a branch, added to the stream that passes it by.");
        }
        out.close();
    }

    private void chain() {
        Map<Integer, ResidualBlock> branches = new HashMap<>();
        blocks.forEach(block -> block.layers().forEach(index -> branches.putIfAbsent(index, block)));
        Map<ResidualBlock, List<LayerDiagnosis>> around = around(branches.keySet());
        Set<ResidualBlock> drawn = new HashSet<>();
        Set<Integer> beside = new HashSet<>();
        around.values()
                .forEach(
                        found -> found.forEach(layer -> beside.add(layer.layer().index())));
        List<LayerDiagnosis> waiting = new ArrayList<>();
        for (LayerDiagnosis layer : layers) {
            ResidualBlock block = branches.get(layer.layer().index());
            if (block != null) {
                if (drawn.add(block)) {
                    columns(waiting);
                    block(block, around.getOrDefault(block, List.of()));
                }
            } else if (!beside.contains(layer.layer().index())) {
                waiting.add(layer);
            }
        }
        columns(waiting);
    }

    /** Returns the layers that streams pass on their way around branches: those before a sum that are on neither. */
    private Map<ResidualBlock, List<LayerDiagnosis>> around(Set<Integer> branches) {
        Map<ResidualBlock, List<LayerDiagnosis>> around = new HashMap<>();
        for (LayerDiagnosis layer : layers) {
            if (layer.onTrunk() || branches.contains(layer.layer().index())) {
                continue;
            }
            Optional<ResidualBlock> next = blocks.stream()
                    .filter(block -> block.depth() >= layer.depth() && first(block) <= layer.depth())
                    .findFirst();
            next.ifPresent(block ->
                    around.computeIfAbsent(block, key -> new ArrayList<>()).add(layer));
        }
        return around;
    }

    private int first(ResidualBlock block) {
        return layers.stream()
                .filter(layer -> block.layers().contains(layer.layer().index()))
                .mapToInt(LayerDiagnosis::depth)
                .min()
                .orElse(Integer.MAX_VALUE);
    }

    /** Draws the layers that wait, those of one depth as one column, and forgets them. */
    private void columns(List<LayerDiagnosis> waiting) {
        int from = 0;
        while (from < waiting.size()) {
            int to = from + 1;
            while (to < waiting.size()
                    && waiting.get(to).depth() == waiting.get(from).depth()) {
                to++;
            }
            out.open("li");
            waiting.subList(from, to).forEach(this::box);
            out.close();
            from = to;
        }
        waiting.clear();
    }

    private void block(ResidualBlock block, List<LayerDiagnosis> around) {
        String gain = "g = " + Figures.text(block.gain());
        out.open("li", "class", "block", "title", block.name() + ": " + gain);
        out.open("ol");
        columns(new ArrayList<>(layers.stream()
                .filter(layer -> block.layers().contains(layer.layer().index()))
                .toList()));
        out.close();
        if (!around.isEmpty()) {
            out.open("ol", "class", "around", "aria-label", "on the stream");
            columns(new ArrayList<>(around));
            out.close();
        }
        out.element("span", "+", "class", "join", "role", "img", "aria-label", "added to the stream, " + gain);
        out.closeLine();
    }

    private void box(LayerDiagnosis layer) {
        Health found = health.of(layer);
        String index = Integer.toString(layer.layer().index());
        String about = layer.layer().name() + ": " + found.level().label()
                + (found.reason().isEmpty() ? "" : ", " + found.reason());
        out.open(
                "a",
                "href",
                "#layer-" + index,
                "class",
                "box " + Levels.style(found.level()),
                "title",
                about,
                "aria-label",
                index + " " + about);
        if (found.level() != Level.FINE) {
            out.element("span", Levels.sign(found.level()), "class", "sign");
        }
        out.text(index).element("small", layer.layer().op()).close();
    }
}
