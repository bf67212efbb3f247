package org.lsuv.tf.draw;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.lsuv.onnx.OnnxTensor;

/**
 * Draws several tensors at a time. Each task has a seed of its own, so that results depend neither on the number of
 * threads nor on who comes first; what is under way at a time is bounded, and the greatest tensors are drawn alone.
 */
public final class ParallelDraws {
    /** Algorithms work on several copies, some in float64: 4 million elements are about 200 MB. */
    private static final int MOST_ELEMENTS = 1 << 22;

    private ParallelDraws() {}

    /**
     * Describes a tensor to draw.
     *
     * @param elements how many values it has
     * @param draw draws it, on any thread
     */
    public record Task(long elements, Supplier<OnnxTensor> draw) {
        int permits() {
            return (int) Math.max(1, Math.min(elements, MOST_ELEMENTS));
        }
    }

    /**
     * Draws all tensors.
     *
     * @param threads how many are drawn at a time; 0 for one a processor
     * @param done hears on the caller's thread how many are there, in order
     * @return the tensors in the order of the tasks
     */
    public static List<OnnxTensor> all(List<Task> tasks, int threads, IntConsumer done) {
        int workers = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
        Semaphore room = new Semaphore(MOST_ELEMENTS, true);
        ExecutorService pool = Executors.newFixedThreadPool(Math.max(1, Math.min(workers, tasks.size())));
        try {
            List<Future<OnnxTensor>> open = tasks.stream()
                    .map(task -> pool.submit(() -> drawn(task, room)))
                    .toList();
            List<OnnxTensor> results = new ArrayList<>();
            for (Future<OnnxTensor> next : open) {
                done.accept(results.size());
                results.add(result(next));
            }
            return results;
        } finally {
            end(pool);
        }
    }

    /** Waits for what is still drawn, after a failure, too: its sessions are closed next. */
    private static void end(ExecutorService pool) {
        pool.shutdownNow();
        boolean interrupted = false;
        while (!pool.isTerminated()) {
            try {
                pool.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException again) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static OnnxTensor drawn(Task task, Semaphore room) throws InterruptedException {
        room.acquire(task.permits());
        try {
            return task.draw().get();
        } finally {
            room.release(task.permits());
        }
    }

    private static OnnxTensor result(Future<OnnxTensor> task) {
        try {
            return task.get();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw (CancellationException) new CancellationException("cancelled").initCause(interrupted);
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (failure.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new IllegalStateException(failure.getCause());
        }
    }
}
