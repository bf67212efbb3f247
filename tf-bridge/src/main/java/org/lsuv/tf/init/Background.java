package org.lsuv.tf.init;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * Makes a value in another thread: graphs are built one operation after the other, which leaves the other cores idle.
 *
 * @param <T> what is made
 */
final class Background<T> {
    private final CompletableFuture<T> future;

    private Background(CompletableFuture<T> future) {
        this.future = future;
    }

    /** Begins to make a value. */
    static <T> Background<T> of(Supplier<T> maker) {
        return new Background<>(CompletableFuture.supplyAsync(maker));
    }

    /** Waits for the value; what its maker throws is thrown here. */
    T get() {
        try {
            return future.join();
        } catch (CompletionException failure) {
            if (failure.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw failure;
        }
    }
}
