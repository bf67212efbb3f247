package org.lsuv.onnx.data;

import java.util.LinkedHashMap;
import java.util.Map;
import org.lsuv.onnx.OnnxTensor;

/**
 * Holds the arrays of one data file before they are given to inputs.
 *
 * @param label the name of the file for messages
 * @param input the input that the user named; empty where none was
 * @param arrays the arrays by name, {@code ""} for one that has none
 */
record DataSource(String label, String input, Map<String, OnnxTensor> arrays) {
    DataSource {
        arrays = new LinkedHashMap<>(arrays);
    }
}
