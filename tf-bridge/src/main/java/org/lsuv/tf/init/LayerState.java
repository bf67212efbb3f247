package org.lsuv.tf.init;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoublePredicate;
import java.util.stream.Stream;
import org.lsuv.tf.WeightedLayer;

/** Remembers what has happened to the weight of a layer, or of several tied ones, so far. */
final class LayerState {
    private final Partition partition;
    private final List<PartState> parts;
    private final LayerSettings settings;
    private boolean targeted;
    private boolean released;
    private boolean zeroed;

    LayerState(LayerGroup group, LayerSettings settings) {
        this.settings = settings;
        this.targeted = settings.rescale() == Rescale.LSUV;
        this.partition = group.partition();
        this.parts = Stream.generate(() -> new PartState(new TargetSearch(settings.targetVariance())))
                .limit(partition.size())
                .toList();
    }

    List<PartState> parts() {
        return parts;
    }

    /** Leaves the weight as it is, whatever variance its layer has. */
    void release() {
        targeted = false;
        released = true;
    }

    /** Leaves the weight at zero, at which the branch that the layer ends starts. */
    void zero() {
        release();
        zeroed = true;
    }

    boolean isReleased() {
        return released;
    }

    /** Tells whether any part of the weight may still be scaled. */
    boolean isOpen() {
        return targeted && parts.stream().anyMatch(PartState::isOpen);
    }

    void refuse(String reason) {
        parts.forEach(part -> part.refuse(reason));
    }

    /** Returns what each part shall have in the next run; NaN where it is left alone. */
    double[] aims() {
        return parts.stream()
                .mapToDouble(part -> targeted && part.isOpen() ? part.search().aim() : Double.NaN)
                .toArray();
    }

    /**
     * Says what became of one use.
     *
     * @param own the moments of the use's own parts
     * @param pooled those of all uses together
     * @param reached tells whether a variance is near enough to the target
     */
    LayerResult result(
            WeightedLayer use,
            String output,
            List<SampleMoments> own,
            List<SampleMoments> pooled,
            DoublePredicate reached) {
        List<LayerResult.Part> results = new ArrayList<>();
        List<String> reasons = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            PartState part = parts.get(i);
            double variance = pooled.get(i).variance();
            String reason = targeted ? part.reason(variance, reached.test(variance)) : "";
            String name = partition.parts().get(i).name();
            if (!reason.isEmpty()) {
                reasons.add(name.isEmpty() ? reason : name + ": " + reason);
            }
            results.add(new LayerResult.Part(
                    name,
                    zeroed ? Double.NaN : part.before().variance(),
                    scale(part),
                    own.get(i).mean(),
                    own.get(i).variance(),
                    status(reason)));
        }
        SampleMoments all = SampleMoments.merge(own);
        String reason = reasons.isEmpty()
                ? ""
                : reasons.get(0) + (reasons.size() == 1 ? "" : " (and " + (reasons.size() - 1) + " more parts)");
        return new LayerResult(
                use,
                settings.initializer(),
                targeted ? settings.targetVariance() : Double.NaN,
                output,
                zeroed
                        ? Double.NaN
                        : SampleMoments.merge(
                                        parts.stream().map(PartState::before).toList())
                                .variance(),
                partition.isWhole() ? scale(parts.get(0)) : Double.NaN,
                all.mean(),
                all.variance(),
                parts.stream().mapToInt(PartState::iterations).max().orElse(0),
                status(reason),
                reason,
                partition.isWhole() ? List.of() : results);
    }

    private double scale(PartState part) {
        return zeroed ? 0 : part.scale();
    }

    private LayerResult.Status status(String reason) {
        if (!targeted) {
            return zeroed ? LayerResult.Status.ZEROED : LayerResult.Status.MEASURED;
        }
        return reason.isEmpty() ? LayerResult.Status.CONVERGED : LayerResult.Status.FLAGGED;
    }
}
