package org.lsuv.onnx.layers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxNode;

/** Computes under which shape a node that keeps the order of elements views them. */
final class ViewedShape {
    private ViewedShape() {}

    static List<Long> reshaped(OnnxNode node, List<Long> shape, long[] target) {
        boolean allowZero = node.attributes().flag("allowzero");
        Long[] sizes = new Long[target.length];
        int inferred = -1;
        for (int i = 0; i < target.length; i++) {
            boolean copied = target[i] == 0 && !allowZero;
            if (target[i] < -1 || (copied && i >= shape.size()) || (target[i] == -1 && inferred >= 0)) {
                throw cannotReshape(node, shape, target);
            }
            inferred = target[i] == -1 ? i : inferred;
            sizes[i] = target[i] == -1 ? Long.valueOf(1) : copied ? shape.get(i) : Long.valueOf(target[i]);
        }
        long count = product(node, shape);
        long known = product(node, Arrays.asList(sizes));
        if (inferred >= 0 && known > 0) {
            sizes[inferred] = count / known;
            known *= sizes[inferred];
        }
        if (known != count) {
            throw cannotReshape(node, shape, target);
        }
        return List.of(sizes);
    }

    private static OnnxFormatException cannotReshape(OnnxNode node, List<Long> shape, long[] target) {
        return new OnnxFormatException(
                node.describe() + ": cannot reshape " + shape + " to " + Arrays.toString(target));
    }

    static List<Long> flattened(OnnxNode node, List<Long> shape) {
        long axis = node.attributes().intOr("axis", 1);
        if (axis < -shape.size() || axis > shape.size()) {
            throw node.attributes().problem("axis", axis + " is outside a tensor of rank " + shape.size());
        }
        int split = (int) (axis < 0 ? axis + shape.size() : axis);
        return List.of(product(node, shape.subList(0, split)), product(node, shape.subList(split, shape.size())));
    }

    static List<Long> squeezed(List<Long> shape) {
        return shape.stream().filter(size -> size != 1).toList();
    }

    static List<Long> squeezed(OnnxNode node, List<Long> shape, long[] axes) {
        Set<Integer> dropped = inside(node, shape.size(), axes);
        List<Long> kept = new ArrayList<>();
        for (int i = 0; i < shape.size(); i++) {
            if (!dropped.contains(i)) {
                kept.add(shape.get(i));
            } else if (shape.get(i) != 1) {
                throw new OnnxFormatException(node.describe() + ": cannot squeeze axis " + i + " of " + shape);
            }
        }
        return kept;
    }

    static List<Long> unsqueezed(OnnxNode node, List<Long> shape, long[] axes) {
        int rank = shape.size() + axes.length;
        Set<Integer> added = inside(node, rank, axes);
        if (added.size() < axes.length) {
            throw new OnnxFormatException(node.describe() + ": axes " + Arrays.toString(axes) + " name one twice");
        }
        List<Long> result = new ArrayList<>();
        int next = 0;
        for (int i = 0; i < rank; i++) {
            result.add(added.contains(i) ? Long.valueOf(1) : shape.get(next++));
        }
        return result;
    }

    private static Set<Integer> inside(OnnxNode node, int rank, long[] axes) {
        Set<Integer> result = new HashSet<>();
        for (long axis : axes) {
            if (axis < -rank || axis >= rank) {
                throw new OnnxFormatException(
                        node.describe() + ": axis " + axis + " is outside a tensor of rank " + rank);
            }
            result.add((int) (axis < 0 ? axis + rank : axis));
        }
        return result;
    }

    private static long product(OnnxNode node, List<Long> sizes) {
        try {
            return sizes.stream().reduce(1L, Math::multiplyExact);
        } catch (ArithmeticException overflow) {
            throw new OnnxFormatException(
                    node.describe() + ": shape " + sizes + " overflows a 64-bit element count", overflow);
        }
    }
}
