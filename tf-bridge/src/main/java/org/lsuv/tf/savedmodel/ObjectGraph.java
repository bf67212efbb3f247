package org.lsuv.tf.savedmodel;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.tf.bundle.TensorBundle;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObject;
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObjectGraph;
import org.tensorflow.proto.TrackableObjectGraphOuterClass.TrackableObjectGraph;
import org.tensorflow.proto.TrackableObjectGraphOuterClass.TrackableObjectGraph.TrackableObject;

/**
 * Finds where a checkpoint keeps each variable by the objects that hold them: the file and the checkpoint each have a
 * graph of them, and the same names lead from the root to the same variable in both.
 */
final class ObjectGraph {
    private static final String KEY = "_CHECKPOINTABLE_OBJECT_GRAPH";
    private static final String VALUE = "VARIABLE_VALUE";

    private ObjectGraph() {}

    /** Returns the keys by the names of the variables; where two have one name, it is left out. */
    static Map<String, String> keys(MetaGraphDef meta, TensorBundle bundle) {
        Optional<ByteString> stored = bundle.string(KEY);
        if (!meta.hasObjectGraphDef() || stored.isEmpty()) {
            return Map.of();
        }
        try {
            return keys(meta.getObjectGraphDef(), TrackableObjectGraph.parseFrom(stored.get()));
        } catch (InvalidProtocolBufferException malformed) {
            throw new OnnxFormatException("variables: \"" + KEY + "\" is malformed", malformed);
        }
    }

    private static Map<String, String> keys(SavedObjectGraph saved, TrackableObjectGraph stored) {
        Map<String, String> keys = new LinkedHashMap<>();
        Set<String> twice = new HashSet<>();
        Map<Integer, Integer> storedBySaved = new HashMap<>();
        Deque<Integer> open = new ArrayDeque<>();
        if (saved.getNodesCount() > 0 && stored.getNodesCount() > 0) {
            storedBySaved.put(0, 0);
            open.add(0);
        }
        while (!open.isEmpty()) {
            int id = open.remove();
            SavedObject object = saved.getNodes(id);
            TrackableObject counterpart = stored.getNodes(storedBySaved.getOrDefault(id, 0));
            if (object.hasVariable()) {
                String name = object.getVariable().getName();
                counterpart.getAttributesList().stream()
                        .filter(attribute -> attribute.getName().equals(VALUE))
                        .forEach(attribute -> {
                            if (keys.putIfAbsent(name, attribute.getCheckpointKey()) != null) {
                                twice.add(name);
                            }
                        });
            }
            Map<String, Integer> children = new HashMap<>();
            counterpart.getChildrenList().forEach(child -> children.put(child.getLocalName(), child.getNodeId()));
            object.getChildrenList().forEach(child -> {
                Integer other = children.get(child.getLocalName());
                boolean valid = other != null
                        && other >= 0
                        && other < stored.getNodesCount()
                        && child.getNodeId() >= 0
                        && child.getNodeId() < saved.getNodesCount();
                if (valid && storedBySaved.putIfAbsent(child.getNodeId(), other) == null) {
                    open.add(child.getNodeId());
                }
            });
        }
        keys.keySet().removeAll(twice);
        return keys;
    }
}
