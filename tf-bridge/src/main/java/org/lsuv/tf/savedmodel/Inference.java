package org.lsuv.tf.savedmodel;

import java.util.List;

record Inference(FlatGraph graph, List<String> notes) {
    static Inference of(FlatGraph graph) {
        return new Inference(graph, List.of());
    }
}
