package org.lsuv.onnx.runtime;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtException.OrtErrorCode;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsuv.onnx.EngineModel;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;

/** Holds a session of ONNX Runtime and what must stay open as long as it. */
final class LoadedModel implements AutoCloseable {
    /** Lists what a session is for. */
    enum Purpose {
        /** It is asked for types and shapes and never run: nothing is optimised. */
        INSPECTING,
        /** It runs once or twice: ONNX Runtime's own arena would only touch memory that is new to the process. */
        MEASURING,
        /** It runs many times, on little data: what the arena touched once serves all runs. */
        MEASURING_OFTEN,
        /** It runs as a user would run it. */
        RUNNING
    }

    private static final String EXTERNAL_FOLDER = "session.model_external_initializers_file_folder_path";

    /** Of weights of more than this size there is room for one copy. */
    private static final long MOST_PACKED_BYTES = 1L << 30;

    private final OrtEnvironment environment;
    private final OrtSession session;
    private final Map<String, ai.onnxruntime.OnnxTensor> initializers;

    private LoadedModel(
            OrtEnvironment environment, OrtSession session, Map<String, ai.onnxruntime.OnnxTensor> initializers) {
        this.environment = environment;
        this.session = session;
        this.initializers = initializers;
    }

    /** Returns ONNX Runtime; the first call loads its library. */
    static OrtEnvironment environment() {
        // Every failure comes back as an exception, too: saying it on stderr as well helps nobody.
        return OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, OrtEnvironment.DEFAULT_NAME);
    }

    static LoadedModel load(OnnxModel model, OrtOptions options, Purpose purpose) {
        FatalNodes.refuse(model);
        OrtEnvironment environment = environment();
        EngineModel source = model.forEngine();
        Map<String, ai.onnxruntime.OnnxTensor> initializers = new LinkedHashMap<>();
        boolean loaded = false;
        try (SessionOptions settings = new SessionOptions()) {
            settings.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            settings.setOptimizationLevel(
                    purpose == Purpose.INSPECTING ? SessionOptions.OptLevel.NO_OPT : SessionOptions.OptLevel.ALL_OPT);
            settings.setCPUArenaAllocator(purpose == Purpose.RUNNING || purpose == Purpose.MEASURING_OFTEN);
            settings.setMemoryPatternOptimization(purpose == Purpose.RUNNING);
            boolean large = source.bytesInFiles() > MOST_PACKED_BYTES && purpose != Purpose.RUNNING;
            if (purpose == Purpose.INSPECTING || large) {
                // Weights are not copied into the order that kernels like, but used where their files are mapped.
                settings.addConfigEntry("session.disable_prepacking", "1");
            }
            if (options.threads() > 0) {
                settings.setIntraOpNumThreads(options.threads());
            }
            if (source.folder().isPresent()) {
                settings.addConfigEntry(EXTERNAL_FOLDER, source.folder().get().toString());
            }
            for (Map.Entry<String, OnnxTensor> given : source.initializers().entrySet()) {
                initializers.put(given.getKey(), OrtTensors.feed(environment, given.getValue()));
            }
            if (!initializers.isEmpty()) {
                Map<String, OnnxTensorLike> external = new LinkedHashMap<>(initializers);
                settings.addExternalInitializers(external);
            }
            LoadedModel result =
                    new LoadedModel(environment, environment.createSession(source.bytes(), settings), initializers);
            loaded = true;
            return result;
        } catch (OrtException failure) {
            throw new UnsupportedModelException(
                    model.label() + ": ONNX Runtime cannot load the model: " + reason(failure), failure);
        } finally {
            if (!loaded) {
                initializers.values().forEach(ai.onnxruntime.OnnxTensor::close);
            }
        }
    }

    /** Returns what is known of an output; empty where it is no tensor. */
    Optional<TensorInfo> output(String name) {
        return info(name, false);
    }

    private Optional<TensorInfo> info(String name, boolean input) {
        try {
            NodeInfo info = (input ? session.getInputInfo() : session.getOutputInfo()).get(name);
            return info != null && info.getInfo() instanceof TensorInfo tensor ? Optional.of(tensor) : Optional.empty();
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** Runs the model and returns copies of all outputs. */
    Map<String, OnnxTensor> run(Map<String, OnnxTensor> inputs) {
        List<ai.onnxruntime.OnnxTensor> open = new ArrayList<>();
        try (OrtSession.Result result = session.run(feeds(inputs, open))) {
            Map<String, OnnxTensor> outputs = new LinkedHashMap<>();
            for (Map.Entry<String, ai.onnxruntime.OnnxValue> output : result) {
                outputs.put(output.getKey(), OrtTensors.take(output.getKey(), output.getValue()));
            }
            return outputs;
        } catch (OrtException failure) {
            throw translated(failure);
        } finally {
            open.forEach(ai.onnxruntime.OnnxTensor::close);
        }
    }

    /** Runs the model and returns the seconds that this took, results not copied. */
    double seconds(Map<String, OnnxTensor> inputs) {
        List<ai.onnxruntime.OnnxTensor> open = new ArrayList<>();
        try {
            Map<String, ai.onnxruntime.OnnxTensor> feeds = feeds(inputs, open);
            long start = System.nanoTime();
            OrtSession.Result result = session.run(feeds);
            double seconds = (System.nanoTime() - start) * 1e-9;
            result.close();
            return seconds;
        } catch (OrtException failure) {
            throw translated(failure);
        } finally {
            open.forEach(ai.onnxruntime.OnnxTensor::close);
        }
    }

    private Map<String, ai.onnxruntime.OnnxTensor> feeds(
            Map<String, OnnxTensor> inputs, List<ai.onnxruntime.OnnxTensor> open) throws OrtException {
        Map<String, ai.onnxruntime.OnnxTensor> feeds = new LinkedHashMap<>();
        for (String name : session.getInputNames()) {
            OnnxTensor tensor = inputs.get(name);
            if (tensor == null) {
                throw new IllegalArgumentException("input \"" + name + "\" is missing");
            }
            info(name, true)
                    .flatMap(OrtTensors::type)
                    .filter(type -> type != tensor.type())
                    .ifPresent(type -> {
                        throw new IllegalArgumentException("input \"" + name + "\": expected " + type.label() + ", got "
                                + tensor.type().label());
                    });
            ai.onnxruntime.OnnxTensor fed = OrtTensors.feed(environment, tensor);
            open.add(fed);
            feeds.put(name, fed);
        }
        return feeds;
    }

    private static RuntimeException translated(OrtException failure) {
        String reason = reason(failure);
        return failure.getCode() == OrtErrorCode.ORT_INVALID_ARGUMENT
                ? new IllegalArgumentException("ONNX Runtime does not take the inputs: " + reason, failure)
                : new UnsupportedModelException("ONNX Runtime cannot run the model: " + reason, failure);
    }

    /** Returns ONNX Runtime's message as one line of moderate length, without the names of its sources. */
    static String reason(OrtException failure) {
        String message = String.valueOf(failure.getMessage());
        int start = message.indexOf("message: ");
        String line = message.substring(start < 0 ? 0 : start + "message: ".length())
                .replaceAll("/onnxruntime_src/\\S+ ", "")
                .replaceAll("\\s+", " ")
                .strip();
        return line.length() <= 300 ? line : line.substring(0, 299) + "…";
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        } finally {
            initializers.values().forEach(ai.onnxruntime.OnnxTensor::close);
        }
    }
}
