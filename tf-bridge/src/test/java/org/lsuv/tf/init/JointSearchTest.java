package org.lsuv.tf.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class JointSearchTest {
    /** How much each variance grows, as a power, with what each of the searches aims at. */
    private static final double[][] EXPONENTS = {{1.5, -0.8, 0.4}, {1.2, 0.7, 0.6}, {-0.5, 0.9, 2}};

    private static final double[] FACTORS = {30, 0.2, 5};

    private final List<TargetSearch> members =
            Stream.of(1.0, 2.0, 0.5).map(TargetSearch::new).toList();

    private Map<TargetSearch, Double> reached() {
        Map<TargetSearch, Double> reached = new HashMap<>();
        for (int i = 0; i < members.size(); i++) {
            double variance = FACTORS[i];
            for (int j = 0; j < members.size(); j++) {
                variance *= Math.pow(members.get(j).aim(), EXPONENTS[i][j]);
            }
            reached.put(members.get(i), variance);
        }
        return reached;
    }

    private double farthest() {
        Map<TargetSearch, Double> reached = reached();
        return members.stream()
                .mapToDouble(member -> Math.abs(member.error(reached.getOrDefault(member, Double.NaN))))
                .max()
                .orElseThrow();
    }

    @Test
    void searchesThatDisturbEachOtherMeetTheirTargetsTogether() {
        JointSearch joint = new JointSearch(members);
        for (int step = 0; step < 9; step++) {
            joint.learn(reached());
        }
        assertThat(farthest()).isLessThan(0.01);
    }

    @Test
    void eachByItselfTheyDoNotMeetThem() {
        for (int step = 0; step < 9; step++) {
            Map<TargetSearch, Double> reached = reached();
            members.forEach(member -> member.learn(reached.getOrDefault(member, Double.NaN)));
        }
        assertThat(farthest()).isGreaterThan(0.01);
    }

    @Test
    void aMemberThatSaysNothingStaysAndTheOthersGoOn() {
        JointSearch joint = new JointSearch(members);
        for (int step = 0; step < 9; step++) {
            Map<TargetSearch, Double> reached = reached();
            reached.remove(members.get(2));
            joint.learn(reached);
        }
        assertThat(members.get(2).aim()).isEqualTo(0.5);
        Map<TargetSearch, Double> reached = reached();
        assertThat(reached.get(members.get(0))).isCloseTo(1, within(0.01));
        assertThat(reached.get(members.get(1))).isCloseTo(2, within(0.02));
    }
}
