package org.lsuv.tf.residual;

import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.WeightedLayer;

/**
 * Walks back from a value along operations that keep a signal what it is: views, paddings, poolings, resizings,
 * stored scales and shifts, normalisations, sums that are joins themselves, and one product with a weight
 * at most, the projection of a shortcut.
 */
final class StreamWalk {
    private static final Set<String> KEEPING = Set.of(
            "Add",
            "AddV2",
            "AvgPool",
            "AvgPool3D",
            "BatchToSpaceND",
            "BiasAdd",
            "BroadcastTo",
            "Cast",
            "CheckNumerics",
            "ConcatV2",
            "DepthToSpace",
            "Div",
            "DivNoNan",
            "EnsureShape",
            "ExpandDims",
            "FusedBatchNorm",
            "FusedBatchNormV2",
            "FusedBatchNormV3",
            "Identity",
            "MaxPool",
            "MaxPool3D",
            "MaxPoolV2",
            "MirrorPad",
            "Mul",
            "Pad",
            "PadV2",
            "PreventGradient",
            "RealDiv",
            "Reshape",
            "ResizeBicubic",
            "ResizeBilinear",
            "ResizeNearestNeighbor",
            "Roll",
            "Snapshot",
            "SpaceToBatchND",
            "SpaceToDepth",
            "Squeeze",
            "StopGradient",
            "Sub",
            "Tile",
            "Transpose");

    private static final Set<String> CUTTING = Set.of("Slice", "StridedSlice");
    private static final Set<String> PARTING = Set.of("Slice", "Split", "SplitV", "StridedSlice");
    private static final Set<String> MIXING = Set.of("Add", "AddV2", "Div", "DivNoNan", "Mul", "RealDiv", "Sub");

    private static final Set<String> PRODUCTS = Set.of(
            "BatchMatMul",
            "BatchMatMulV2",
            "BatchMatMulV3",
            "Conv",
            "Conv2D",
            "Conv3D",
            "DepthwiseConv2dNative",
            "Einsum",
            "MatMul");

    /** What the arithmetic of a normalisation is made of, however it is spelled. */
    private static final Set<String> STATISTICS = Set.of(
            "Add",
            "AddV2",
            "BroadcastTo",
            "Cast",
            "Div",
            "ExpandDims",
            "Identity",
            "Maximum",
            "Mean",
            "Mul",
            "Neg",
            "Pow",
            "RealDiv",
            "Reciprocal",
            "Reshape",
            "Rsqrt",
            "Sqrt",
            "Square",
            "SquaredDifference",
            "Squeeze",
            "StopGradient",
            "Sub",
            "Sum",
            "Transpose");

    private static final Set<String> ROOTS = Set.of("Pow", "Rsqrt", "Sqrt");

    /** More operations than these are no normalisation and no rearrangement. */
    private static final int LONGEST = 48;

    private final DataFlow flow;
    private final Map<TensorRef, TensorRef> streams = new HashMap<>();

    StreamWalk(DataFlow flow) {
        this.flow = flow;
    }

    /** Lets walks go on from a sum along its stream. */
    void add(Join join) {
        streams.put(join.sum(), join.stream());
    }

    /**
     * Holds where a walk has come to.
     *
     * @param tensor the value
     * @param projections the layers passed so far
     * @param passed how much of a projection was passed so far
     * @param cut whether a part was taken of what is walked along
     */
    record Step(TensorRef tensor, List<WeightedLayer> projections, Passed passed, boolean cut) {
        static Step first(TensorRef tensor) {
            return new Step(tensor, List.of(), Passed.NOTHING, false);
        }

        Step to(TensorRef other) {
            return new Step(other, projections, passed, cut);
        }
    }

    /** Lists what a walk has passed of a projection. */
    enum Passed {
        /** Nothing yet. */
        NOTHING,
        /** What its layer gives, and not the product inside. */
        LAYER,
        /** All of it. */
        PRODUCT
    }

    /** Returns the step before another one; nothing where the signal is made anew. */
    Optional<Step> back(Step step) {
        TensorRef stream = streams.get(step.tensor());
        if (stream != null) {
            return Optional.of(step.to(stream));
        }
        int node = flow.position(step.tensor());
        List<TensorRef> data = flow.dataInputs(node);
        if (data.size() > 1) {
            return normalised(step.tensor())
                    .or(() -> reassembled(step.tensor()))
                    .map(step::to);
        }
        if (data.isEmpty()) {
            return Optional.empty();
        }
        TensorRef from = data.get(0);
        String op = flow.op(node);
        List<WeightedLayer> layers = flow.layers(node);
        if (!layers.isEmpty() || PRODUCTS.contains(op)) {
            return product(step, from, layers);
        }
        boolean cuts = CUTTING.contains(op);
        boolean keeps = KEEPING.contains(op) && flow.inputs(node).indexOf(from) == position(op, flow.inputs(node));
        boolean fromWhole = op.equals("Cast") && !Floats.is(flow.node(node), "SrcT");
        return (keeps || cuts) && !fromWhole
                ? Optional.of(new Step(from, step.projections(), step.passed(), step.cut() || cuts))
                : Optional.empty();
    }

    /** Returns which operand carries the signal: the first, unless the operation takes them in any order. */
    private int position(String op, List<TensorRef> inputs) {
        boolean anyOrder = Set.of("Add", "AddV2", "ConcatV2", "Mul", "Sub").contains(op);
        for (int i = 0; anyOrder && i < inputs.size(); i++) {
            if (flow.isData(inputs.get(i))) {
                return i;
            }
        }
        return 0;
    }

    /** What a layer gives may lie some views behind the product itself, which counts once. */
    private Optional<Step> product(Step step, TensorRef from, List<WeightedLayer> layers) {
        boolean behindLayer = step.passed() == Passed.LAYER && layers.isEmpty();
        if (step.passed() != Passed.NOTHING && !behindLayer) {
            return Optional.empty();
        }
        boolean isProduct = PRODUCTS.contains(flow.op(flow.position(step.tensor())));
        return Optional.of(new Step(
                from,
                behindLayer ? step.projections() : layers,
                isProduct ? Passed.PRODUCT : Passed.LAYER,
                step.cut()));
    }

    /** Returns what a value is the normalised form of, if it is that. */
    Optional<TensorRef> normalised(TensorRef value) {
        return origin(value, STATISTICS::contains)
                .filter(origin -> origin.passed().stream().anyMatch(ROOTS::contains))
                .filter(origin ->
                        origin.passed().contains("Mean") || origin.passed().contains("Sum"))
                .map(Origin::tensor);
    }

    /** Returns what a value is put together from again, as where a pooling leaves out the class token. */
    private Optional<TensorRef> reassembled(TensorRef value) {
        return origin(value, op -> (KEEPING.contains(op) && !MIXING.contains(op)) || PARTING.contains(op))
                .map(Origin::tensor);
    }

    /** Holds the one value from which another is made, and the operations between. */
    private record Origin(TensorRef tensor, Set<String> passed) {}

    /** Returns the last single value from which all that goes into another one comes. */
    private Optional<Origin> origin(TensorRef value, Predicate<String> allowed) {
        Set<String> passed = new HashSet<>();
        TreeSet<TensorRef> open = new TreeSet<>(Comparator.<TensorRef>comparingInt(flow::position)
                .thenComparingInt(TensorRef::index)
                .reversed());
        open.add(value);
        for (int i = 0; i < LONGEST; i++) {
            TensorRef last = open.first();
            if (i > 0 && open.size() == 1) {
                return Optional.of(new Origin(last, passed));
            }
            int node = flow.position(last);
            if (!allowed.test(flow.op(node)) || !flow.layers(node).isEmpty()) {
                return Optional.empty();
            }
            passed.add(flow.op(node));
            open.remove(last);
            open.addAll(flow.dataInputs(node));
        }
        return Optional.empty();
    }
}
