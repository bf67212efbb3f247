package org.lsuv.tf;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.OperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Operands;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TBool;

/**
 * Adds functional control flow to a graph. Functions see nothing of the graph around them but their
 * arguments: what they need from outside is passed to them.
 *
 * <p>The operations are marked for lowering, so that a session runs and optimises the bodies like the rest of
 * the graph.
 */
public final class ControlFlow {
    /** The attribute that lets a loop or a choice run as part of the graph around it. */
    public static final String LOWERED = "_lower_using_switch_merge";

    private ControlFlow() {}

    /** Builds what a function computes from its arguments. */
    @FunctionalInterface
    public interface Body {
        /** Returns the results. */
        List<? extends Operand<?>> build(Ops tf, List<Output<?>> arguments);
    }

    /**
     * Adds a loop: while the condition holds for the state, the body makes the next one of it. Sizes that the
     * body changes are left open. Every value that the body needs is a part of the state.
     *
     * @param initial the state before the first iteration
     * @param condition returns one boolean scalar
     * @param body returns as many values as the state has, of the same types
     * @return the state after the last iteration
     */
    public static List<Output<?>> loop(Ops tf, List<? extends Operand<?>> initial, Body condition, Body body) {
        List<Shape> shapes = new ArrayList<>();
        initial.forEach(value -> shapes.add(value.shape()));
        while (true) {
            try (FunctionGraph step = new FunctionGraph();
                    FunctionGraph test = new FunctionGraph()) {
                for (int i = 0; i < shapes.size(); i++) {
                    step.argument(initial.get(i).asOutput().dataType(), shapes.get(i));
                    test.argument(initial.get(i).asOutput().dataType(), shapes.get(i));
                }
                List<? extends Operand<?>> next = body.build(step.tf(), step.arguments());
                if (!widen(shapes, next)) {
                    return loop(tf, initial, shapes, test, condition.build(test.tf(), test.arguments()), step, next);
                }
            }
        }
    }

    /**
     * Makes shapes general enough for other values, too. Returns whether that changed any: then what was built
     * for the old ones must be built anew.
     */
    public static boolean widen(List<Shape> shapes, List<? extends Operand<?>> values) {
        return widenTo(shapes, values.stream().map(Operand::shape).toList());
    }

    /** Makes shapes general enough for others, too. Returns whether that changed any. */
    public static boolean widenTo(List<Shape> shapes, List<Shape> others) {
        boolean changed = false;
        for (int i = 0; i < shapes.size(); i++) {
            Shape common = common(shapes.get(i), others.get(i));
            // Shapes with open sizes are never equal.
            changed |= !common.toString().equals(shapes.get(i).toString());
            shapes.set(i, common);
        }
        return changed;
    }

    /** Returns the shape that leaves open what two shapes do not agree on. */
    public static Shape common(Shape one, Shape other) {
        if (one.isUnknown() || other.isUnknown() || one.numDimensions() != other.numDimensions()) {
            return Shape.unknown();
        }
        long[] sizes = one.asArray();
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = sizes[i] == other.get(i) ? sizes[i] : Shape.UNKNOWN_SIZE;
        }
        return Shape.of(sizes);
    }

    /**
     * Adds a loop of functions that are built already.
     *
     * @param initial the state before the first iteration
     * @param shapes what is known of the shapes of the state in every iteration
     * @param test the graph of the condition, with an argument for each value of the state
     * @param condition its result
     * @param step the graph of the body, with the same arguments
     * @param next its results
     */
    public static List<Output<?>> loop(
            Ops tf,
            List<? extends Operand<?>> initial,
            List<Shape> shapes,
            FunctionGraph test,
            List<? extends Operand<?>> condition,
            FunctionGraph step,
            List<? extends Operand<?>> next) {
        FunctionDefinition holds = test.returning(condition);
        FunctionDefinition makesNext = step.returning(next);
        Graph graph = (Graph) tf.scope().env();
        boolean stateful = holds.stateful() || makesNext.stateful();
        OperationBuilder builder = tf.scope()
                .opBuilder(stateful ? "While" : "StatelessWhile", "loop")
                .addInputList(Operands.asOutputs(initial))
                .setAttr("cond", holds.registeredIn(graph))
                .setAttr("body", makesNext.registeredIn(graph))
                .setAttr("output_shapes", shapes.toArray(Shape[]::new))
                .setAttr(LOWERED, true);
        return outputs(builder.build());
    }

    /**
     * Adds a choice between functions that are built already and take the same arguments.
     *
     * @param condition a boolean scalar
     * @param inputs what is passed to the function that is called
     * @param thenGraph the graph of the function that is called where the condition holds
     * @param thenResults its results
     * @param elseGraph the graph of the function that is called otherwise
     * @param elseResults its results, of the same types
     */
    public static List<Output<?>> choice(
            Ops tf,
            Operand<TBool> condition,
            List<? extends Operand<?>> inputs,
            FunctionGraph thenGraph,
            List<? extends Operand<?>> thenResults,
            FunctionGraph elseGraph,
            List<? extends Operand<?>> elseResults) {
        FunctionDefinition then = thenGraph.returning(thenResults);
        FunctionDefinition otherwise = elseGraph.returning(elseResults);
        Graph graph = (Graph) tf.scope().env();
        Shape[] shapes = new Shape[thenResults.size()];
        DataType[] types = new DataType[shapes.length];
        for (int i = 0; i < shapes.length; i++) {
            shapes[i] = common(thenResults.get(i).shape(), elseResults.get(i).shape());
            types[i] = thenResults.get(i).asOutput().dataType();
        }
        OperationBuilder builder = tf.scope()
                .opBuilder(then.stateful() || otherwise.stateful() ? "If" : "StatelessIf", "choice")
                .addInput(condition.asOutput())
                .addInputList(Operands.asOutputs(inputs))
                .setAttr("Tout", types)
                .setAttr("then_branch", then.registeredIn(graph))
                .setAttr("else_branch", otherwise.registeredIn(graph))
                .setAttr("output_shapes", shapes)
                .setAttr(LOWERED, true);
        return outputs(builder.build());
    }

    private static List<Output<?>> outputs(Operation operation) {
        List<Output<?>> outputs = new ArrayList<>();
        for (int i = 0; i < operation.numOutputs(); i++) {
            outputs.add(operation.output(i));
        }
        return outputs;
    }
}
