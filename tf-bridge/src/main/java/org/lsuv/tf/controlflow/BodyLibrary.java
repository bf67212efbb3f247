package org.lsuv.tf.controlflow;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lsuv.tf.nodes.FlatGraph;
import org.lsuv.tf.nodes.NodeGraph;

/** Collects the bodies of functions that passes make. */
final class BodyLibrary {
    private final Map<String, NodeGraph> bodies = new LinkedHashMap<>();

    BodyLibrary(Map<String, NodeGraph> bodies) {
        this.bodies.putAll(bodies);
    }

    Map<String, NodeGraph> bodies() {
        return bodies;
    }

    /**
     * Adds a body.
     *
     * @param wish what the function is to be called; it gets another name if there is one of that name
     * @return its name
     */
    String add(String wish, NodeGraph body) {
        String plain = wish.replaceAll("[^A-Za-z0-9_]", "_");
        String name = plain;
        for (int i = 1; bodies.containsKey(name); i++) {
            name = plain + "_" + i;
        }
        bodies.put(name, body);
        return name;
    }

    void replace(String name, NodeGraph body) {
        bodies.put(name, body);
    }

    /** Tells whether a function draws random numbers or has other side effects. */
    boolean isStateful(String name) {
        return FlatGraph.isStateful(name, bodies, new HashMap<>());
    }
}
