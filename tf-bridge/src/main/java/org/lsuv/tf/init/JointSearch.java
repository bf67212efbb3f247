package org.lsuv.tf.init;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Lets searches take their steps together that disturb each other: those of weights that are used again on what they
 * gave before, as in an unrolled recurrence. What one of them reaches depends on what all of them aim at; each by
 * itself would learn from changes that the others made.
 */
final class JointSearch {
    private final List<TargetSearch> members;
    private SecantSteps steps = new SecantSteps();

    JointSearch(List<TargetSearch> members) {
        this.members = List.copyOf(members);
    }

    List<TargetSearch> members() {
        return members;
    }

    /**
     * Learns what the last aims led to, and takes the next.
     *
     * @param reached the variances; members whose weights are not scaled any more are missing
     */
    void learn(Map<TargetSearch, Double> reached) {
        double[] position = members.stream().mapToDouble(TargetSearch::offset).toArray();
        double[] errors = new double[position.length];
        boolean[] open = new boolean[position.length];
        for (int i = 0; i < errors.length; i++) {
            TargetSearch member = members.get(i);
            double error = member.error(reached.getOrDefault(member, Double.NaN));
            open[i] = !Double.isNaN(error);
            errors[i] = open[i] ? error : 0;
        }
        double[] step = steps.next(position, errors);
        double longest = Arrays.stream(step).map(Math::abs).max().orElse(0);
        double share = Math.min(1, TargetSearch.LONGEST_STEP / longest);
        for (int i = 0; i < step.length; i++) {
            if (open[i]) {
                TargetSearch member = members.get(i);
                member.move(share * step[i]);
                if (member.isLost()) {
                    // Its jump back is no step that says anything about the others.
                    steps = new SecantSteps();
                }
            }
        }
    }
}
