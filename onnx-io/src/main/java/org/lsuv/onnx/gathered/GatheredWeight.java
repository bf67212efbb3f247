package org.lsuv.onnx.gathered;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.lsuv.onnx.OnnxTensor;

/** Holds a weight or a bias that the graph puts together. */
final class GatheredWeight {
    private final OnnxTensor value;
    private final List<String> sources;
    private final List<String> copies;
    private final int[] places;

    /**
     * Creates one.
     *
     * @param value what the operator reads, under its name
     * @param sources the names of the stored tensors that it comes from, in the order of their first elements in it
     * @param copies the names of other operands that are the same elements in the same order
     * @param places for each element its place among all elements of those tensors, one tensor behind the other
     */
    GatheredWeight(OnnxTensor value, List<String> sources, List<String> copies, int[] places) {
        this.value = value;
        this.copies = List.copyOf(copies);
        this.sources = List.copyOf(sources);
        this.places = places.clone();
    }

    OnnxTensor value() {
        return value;
    }

    List<String> sources() {
        return sources;
    }

    List<String> copies() {
        return copies;
    }

    /** Returns where consecutive elements are stored, if that is in one tensor. */
    Optional<GatheredWeights.Origin> origin(StoredElements stored, int from, int to) {
        int[] found = Arrays.copyOfRange(places, from, to);
        int first = Arrays.stream(found).min().orElseThrow();
        int owner = stored.owner(first);
        return Arrays.stream(found).allMatch(place -> stored.owner(place) == owner)
                ? Optional.of(new GatheredWeights.Origin(
                        sources.get(owner), first - stored.starts().get(owner)))
                : Optional.empty();
    }

    private int width() {
        return value.type().bits() / Byte.SIZE;
    }

    /** Returns the bytes of the operand that stored tensors give. */
    ByteBuffer from(StoredElements stored) {
        int width = width();
        byte[] all = joined(stored, width);
        byte[] found = new byte[places.length * width];
        for (int i = 0; i < places.length; i++) {
            System.arraycopy(all, places[i] * width, found, i * width, width);
        }
        return ByteBuffer.wrap(found);
    }

    private static byte[] joined(StoredElements stored, int width) {
        byte[] all = new byte[Math.multiplyExact(stored.count(), width)];
        ByteBuffer target = ByteBuffer.wrap(all);
        stored.tensors().forEach(tensor -> tensor.chunks().forEach(target::put));
        return all;
    }

    /** Returns the bytes of all stored tensors, one behind the other, with new values of the operand among them. */
    byte[] into(StoredElements stored, OnnxTensor changed) {
        int width = width();
        byte[] all = joined(stored, width);
        byte[] values = StoredElements.bytes(changed).array();
        for (int i = 0; i < places.length; i++) {
            System.arraycopy(values, i * width, all, places[i] * width, width);
        }
        return all;
    }
}
