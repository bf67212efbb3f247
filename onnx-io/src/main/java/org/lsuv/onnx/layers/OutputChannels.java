package org.lsuv.onnx.layers;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.LongStream;

/**
 * Tells how the output channels of a layer lie in its output.
 *
 * @param axis the axis along which they lie, from 0, or from −1 for the last; empty where it is not one axis
 * @param blocks the blocks of channels that are layers of their own, such as the projections to queries, keys
 *     and values in one product; a single one where all channels belong together
 */
public record OutputChannels(OptionalInt axis, List<Block> blocks) {

    /**
     * Names consecutive channels.
     *
     * @param name what the block is; empty for a block of all channels
     * @param from the first channel
     * @param to the channel after the last
     */
    public record Block(String name, long from, long to) {
        public Block {
            if (from < 0 || to <= from) {
                throw new IllegalArgumentException("block " + name + " of channels " + from + " to " + to);
            }
        }

        /**
         * Returns blocks that follow each other.
         *
         * @param sizes how many channels each has
         * @param channels how many there are
         * @return none where these are not all channels, or make no two blocks
         */
        public static List<Block> inRow(List<Long> sizes, long channels) {
            if (sizes.size() < 2 || sizes.stream().anyMatch(size -> size <= 0)) {
                return List.of();
            }
            List<Block> blocks = new ArrayList<>();
            long from = 0;
            for (long size : sizes) {
                blocks.add(new Block((blocks.size() + 1) + " of " + sizes.size(), from, from + size));
                from += size;
            }
            return from == channels ? blocks : List.of();
        }
    }

    public OutputChannels {
        blocks = List.copyOf(blocks);
        if (blocks.isEmpty()) {
            throw new IllegalArgumentException("no block of channels");
        }
    }

    /** Describes channels that belong together. */
    public static OutputChannels together(OptionalInt axis, long channels) {
        return new OutputChannels(axis, List.of(new Block("", 0, channels)));
    }

    /** Tells whether there is more than one block. */
    public boolean arePacked() {
        return blocks.size() > 1;
    }

    /**
     * Returns the parts that are measured apart; a single one where channels cannot be told apart.
     *
     * @param channels the number of channels
     */
    public List<Block> parts(Granularity granularity, long channels) {
        if (axis.isEmpty() || granularity == Granularity.LAYER) {
            return blocks;
        }
        return LongStream.range(0, channels)
                .mapToObj(channel -> new Block("channel " + channel, channel, channel + 1))
                .toList();
    }

    /**
     * Returns how many outputs of each matrix of a kernel belong together: those of each block, where blocks of
     * different sizes lie side by side in one matrix, else all.
     */
    public List<Long> sideBySide(KernelLayout kernel) {
        boolean apart = !areEven() && kernel.outAxes().equals(kernel.channelAxes());
        return apart ? blocks.stream().map(block -> block.to() - block.from()).toList() : List.of(kernel.fanOut());
    }

    /** Tells whether all blocks have the same number of channels. */
    public boolean areEven() {
        return blocks.stream()
                        .map(block -> block.to() - block.from())
                        .distinct()
                        .count()
                == 1;
    }
}
