package org.lsuv.tf.draw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class ParallelDrawsTest {
    private static OnnxTensor number(int value) {
        return OnnxTensor.ofDoubles("", OnnxType.DOUBLE, new long[] {1}, new double[] {value});
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 7})
    void resultsStandInTheOrderOfTheTasks(int threads) {
        List<ParallelDraws.Task> tasks = IntStream.range(0, 50)
                .mapToObj(i -> new ParallelDraws.Task(1, () -> number(i)))
                .toList();
        List<Integer> heard = new ArrayList<>();

        List<OnnxTensor> drawn = ParallelDraws.all(tasks, threads, heard::add);

        assertThat(drawn).extracting(tensor -> (int) tensor.toDoubles()[0]).isEqualTo(heard);
        assertThat(heard).isEqualTo(IntStream.range(0, 50).boxed().toList());
    }

    @Test
    void nothingElseIsUnderWayWhileAGreatTensorIsDrawn() {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<ParallelDraws.Task> tasks = IntStream.range(0, 6)
                .mapToObj(i -> new ParallelDraws.Task(1L << 40, () -> {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    LockSupport.parkNanos(1_000_000);
                    running.decrementAndGet();
                    return number(i);
                }))
                .toList();

        ParallelDraws.all(tasks, 4, done -> {});

        assertThat(most).hasValue(1);
    }

    @Test
    void aFailureReachesTheCallerAsItIs() {
        List<ParallelDraws.Task> tasks = List.of(new ParallelDraws.Task(1, () -> {
            throw new IllegalArgumentException("no such law");
        }));

        assertThatThrownBy(() -> ParallelDraws.all(tasks, 2, done -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no such law");
    }
}
