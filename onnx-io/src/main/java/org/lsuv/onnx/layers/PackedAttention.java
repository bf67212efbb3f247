package org.lsuv.onnx.layers;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.LongStream;
import org.lsuv.onnx.OnnxNode;

/** Tells how queries, keys and values lie in the product that an attention computes for all of them. */
final class PackedAttention {
    private static final OptionalInt LAST = OptionalInt.of(-1);

    private PackedAttention() {}

    static OutputChannels channels(OnnxNode node, long channels) {
        long third = channels / 3;
        long[] sizes = node.attributes().ints("qkv_hidden_sizes").orElse(new long[] {third, third, third});
        boolean fits = sizes.length == 3
                && LongStream.of(sizes).allMatch(size -> size > 0)
                && LongStream.of(sizes).sum() == channels;
        if (!fits) {
            return OutputChannels.together(LAST, channels);
        }
        List<OutputChannels.Block> blocks = new ArrayList<>();
        long from = 0;
        for (int i = 0; i < sizes.length; i++) {
            blocks.add(new OutputChannels.Block(List.of("q", "k", "v").get(i), from, from + sizes[i]));
            from += sizes[i];
        }
        return new OutputChannels(LAST, blocks);
    }
}
