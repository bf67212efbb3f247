package org.lsuv.tf.controlflow;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsuv.tf.nodes.FlatGraph;
import org.lsuv.tf.nodes.NodeGraph;
import org.tensorflow.proto.NodeDef;

/**
 * Holds a graph in which the loops and choices of TensorFlow 1 ({@code Enter}, {@code Switch}, {@code Merge} …) are
 * those of TensorFlow 2, which run functions, and its arrays are lists. TensorFlow runs both in the same way; what
 * looks for layers, and what exports, reads functions alone. TensorFlow's own converter does this where a graph is
 * compiled (tensorflow/compiler/tf2xla/functionalize_control_flow).
 *
 * @param graph the graph
 * @param notes what stays as it is, and why
 */
public record FunctionalControlFlow(FlatGraph graph, List<String> notes) {
    private static final Set<String> OLD = Set.of("Switch", "Merge", "LoopCond", "TensorArrayV3");

    public FunctionalControlFlow {
        notes = List.copyOf(notes);
    }

    /** Returns a graph of the same results; the graph itself where nothing of TensorFlow 1 is in it. */
    public static FunctionalControlFlow of(FlatGraph graph) {
        boolean old = isOld(graph.main()) || graph.functions().values().stream().anyMatch(FunctionalControlFlow::isOld);
        if (!old) {
            return new FunctionalControlFlow(graph, List.of());
        }
        List<String> notes = new ArrayList<>();
        FlatGraph lists = graph.map(body -> ArrayLists.in(body, notes));
        BodyLibrary library = new BodyLibrary(lists.functions());
        for (Map.Entry<String, NodeGraph> body : lists.functions().entrySet()) {
            library.replace(body.getKey(), functional(body.getValue(), library, notes));
        }
        NodeGraph main = functional(lists.main(), library, notes);
        FlatGraph functional = new FlatGraph(main, library.bodies())
                .map(FunctionalControlFlow::withoutPivots)
                .pruned();
        return new FunctionalControlFlow(ControlFlowShapes.in(functional), notes);
    }

    private static boolean isOld(NodeGraph graph) {
        return graph.nodes().values().stream().map(NodeDef::getOp).anyMatch(OLD::contains);
    }

    private static NodeGraph functional(NodeGraph graph, BodyLibrary library, List<String> notes) {
        NodeGraph loops = LoopFrames.functional(graph, library, notes);
        return SwitchedBranches.functional(loops, library, notes);
    }

    /** Where a loop is left as it is, control edges say what runs in it. */
    private static NodeGraph withoutPivots(NodeGraph graph) {
        boolean framed =
                graph.nodes().values().stream().anyMatch(node -> node.getOp().equals("LoopCond"));
        return framed ? graph : graph.withoutOrder().pruned();
    }
}
