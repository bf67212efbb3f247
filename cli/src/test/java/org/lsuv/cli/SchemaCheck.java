package org.lsuv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Compares JSON with the parts of JSON Schema that the report's schema uses. */
final class SchemaCheck {
    private SchemaCheck() {}

    static void check(String path, JsonObject schema, JsonElement value) {
        if (schema.has("const")) {
            assertThat(value).as(path).isEqualTo(schema.get("const"));
        }
        if (schema.has("enum")) {
            assertThat(schema.getAsJsonArray("enum")).as(path).contains(value);
        }
        if (schema.has("type")) {
            List<String> types = texts(schema.get("type"));
            assertThat(types).as(path).contains(type(value, types));
        }
        if (value.isJsonObject()) {
            checkObject(path, schema, value.getAsJsonObject());
        }
        if (value.isJsonArray() && schema.has("items")) {
            JsonArray items = value.getAsJsonArray();
            for (int i = 0; i < items.size(); i++) {
                check(path + "[" + i + "]", schema.getAsJsonObject("items"), items.get(i));
            }
        }
    }

    private static void checkObject(String path, JsonObject schema, JsonObject value) {
        JsonObject properties = schema.has("properties") ? schema.getAsJsonObject("properties") : new JsonObject();
        if (schema.has("required")) {
            List<String> required = texts(schema.get("required"));
            assertThat(value.keySet()).as(path).containsAll(required);
            assertThat(properties.keySet()).as(path + ": described").hasSameElementsAs(required);
        }
        for (Map.Entry<String, JsonElement> entry : value.entrySet()) {
            String inner = path + "." + entry.getKey();
            JsonElement description = properties.has(entry.getKey())
                    ? properties.get(entry.getKey())
                    : schema.get("additionalProperties");
            assertThat(description != null && description.isJsonObject())
                    .as(inner + " is described")
                    .isTrue();
            check(inner, description.getAsJsonObject(), entry.getValue());
        }
    }

    private static List<String> texts(JsonElement oneOrMany) {
        if (!oneOrMany.isJsonArray()) {
            return List.of(oneOrMany.getAsString());
        }
        List<String> texts = new ArrayList<>();
        oneOrMany.getAsJsonArray().forEach(each -> texts.add(each.getAsString()));
        return texts;
    }

    private static String type(JsonElement value, List<String> allowed) {
        if (value.isJsonNull()) {
            return "null";
        }
        if (value.isJsonObject()) {
            return "object";
        }
        if (value.isJsonArray()) {
            return "array";
        }
        if (value.getAsJsonPrimitive().isNumber()) {
            boolean whole = value.getAsString().matches("-?\\d+");
            return whole && allowed.contains("integer") ? "integer" : "number";
        }
        return value.getAsJsonPrimitive().isBoolean() ? "boolean" : "string";
    }
}
