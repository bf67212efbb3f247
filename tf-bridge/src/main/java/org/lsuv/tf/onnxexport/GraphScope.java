package org.lsuv.tf.onnxexport;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.lsuv.onnx.GraphBuilder;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfTypes;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/** Holds which ONNX values stand for the tensors of one graph, and makes those that an operator asks for. */
final class GraphScope {
    private final TfGraph graph;
    private final GraphConstants constants;
    private final GraphBuilder onnx;
    private final Map<TensorRef, String> names;
    private final Map<TensorRef, Held> held = new HashMap<>();
    private final Map<Form, String> forms = new HashMap<>();
    private final Map<List<Object>, String> otherForms = new HashMap<>();
    private final List<String> reserved = new ArrayList<>();

    /**
     * @param names the names that the values of tensors get if they are free; others are called after their
     *     operation
     */
    GraphScope(TfGraph graph, GraphConstants constants, GraphBuilder onnx, Map<TensorRef, String> names) {
        this.graph = graph;
        this.constants = constants;
        this.onnx = onnx;
        this.names = names;
    }

    /** Says how a tensor of the graph is known. */
    private sealed interface Held {}

    /** Is a value of the ONNX graph; no order stands for that of the tensor, also where the rank is not known. */
    private record Written(String name, Optional<Order> order) implements Held {}

    /** Is another tensor with its axes in another order, or as they are. */
    private record Alias(TensorRef of, Optional<Order> permutation) implements Held {}

    /**
     * Is a stored tensor that is not written yet.
     *
     * @param single whether there is but one reader, for whom it may be written in any form
     */
    private record Stored(OnnxTensor tensor, OnnxType type, boolean single) implements Held {}

    /** Is not written, for a reason that whoever asks for it is told. */
    private record Missing(UnsupportedModelException reason) implements Held {}

    private record Form(TensorRef tensor, Optional<Order> order) {}

    TfGraph graph() {
        return graph;
    }

    GraphConstants constants() {
        return constants;
    }

    GraphBuilder onnx() {
        return onnx;
    }

    /** Says that a value holds a tensor as it is. */
    void define(TensorRef tensor, String name) {
        held.put(tensor, new Written(name, Optional.empty()));
    }

    /** Says that a value holds a tensor with its axes in an order. */
    void define(TensorRef tensor, String name, Order order) {
        held.put(tensor, new Written(name, plain(order)));
    }

    /** Says why nothing holds a tensor. */
    void undefine(TensorRef tensor, UnsupportedModelException reason) {
        held.put(tensor, new Missing(reason));
    }

    private static Optional<Order> plain(Order order) {
        return order.isIdentity() ? Optional.empty() : Optional.of(order);
    }

    /** Says that a tensor is the same as another one. */
    void alias(TensorRef tensor, TensorRef of) {
        held.put(tensor, new Alias(of, Optional.empty()));
    }

    /** Says that a tensor is another one transposed. */
    void transposed(TensorRef tensor, TensorRef of, Order permutation) {
        held.put(tensor, new Alias(of, plain(permutation)));
    }

    /**
     * Says that a tensor is stored.
     *
     * @param value the value, under the name by which it is stored
     * @param type the type in which the graph computes with it
     */
    void store(TensorRef tensor, OnnxTensor value, OnnxType type) {
        held.put(tensor, new Stored(value, type, graph.uses(tensor) == 1));
    }

    /** Says that a tensor is a stored one under another shape, if the other form has no reader; tells whether. */
    boolean reshapeStored(TensorRef tensor, TensorRef of, long[] shape) {
        if (held.get(of) instanceof Alias alias && graph.uses(of) == 1) {
            Optional<Stored> source = single(alias.of());
            if (source.isEmpty()) {
                return false;
            }
            OnnxTensor inOrder = alias.permutation()
                    .map(order -> order.apply(source.get().tensor()))
                    .orElse(source.get().tensor());
            held.put(tensor, reshaped(inOrder, source.get().type(), shape, tensor));
            return true;
        }
        Optional<Stored> stored = single(of);
        stored.ifPresent(found -> held.put(tensor, reshaped(found.tensor(), found.type(), shape, tensor)));
        return stored.isPresent();
    }

    private Stored reshaped(OnnxTensor value, OnnxType type, long[] shape, TensorRef tensor) {
        return new Stored(value.withShape(shape), type, graph.uses(tensor) == 1);
    }

    /** Returns the value of a stored tensor in another order and shape, if nothing else reads it. */
    Optional<String> reshaped(TensorRef tensor, Order order, long[] shape) {
        List<Object> form = List.of(tensor, order, Arrays.toString(shape));
        String known = otherForms.get(form);
        if (known != null) {
            return Optional.of(known);
        }
        Optional<String> made = reshape(tensor, order, shape);
        made.ifPresent(name -> otherForms.put(form, name));
        return made;
    }

    private Optional<String> reshape(TensorRef tensor, Order order, long[] shape) {
        Optional<OnnxTensor> constant = constants.value(tensor);
        if (constant.isPresent()) {
            OnnxTensor value = order.apply(constant.get()).withShape(shape);
            return Optional.of(initializer(value.withName(baseName(tensor)), Optional.empty()));
        }
        if (graph.uses(tensor) != 1) {
            return Optional.empty();
        }
        if (held.get(tensor) instanceof Alias alias) {
            return reshape(
                    alias.of(), alias.permutation().map(by -> by.behind(order)).orElse(order), shape);
        }
        return single(tensor).map(stored -> {
            String name = cast(initializer(order.apply(stored.tensor()).withShape(shape), Optional.empty()), stored);
            held.put(tensor, new Missing(new UnsupportedModelException(tensor + " is stored in another shape")));
            return name;
        });
    }

    /**
     * Returns the value of a stored tensor that is written in a form of its own, if nothing else reads it and the
     * form can be made.
     */
    Optional<String> storedAs(TensorRef tensor, Function<OnnxTensor, Optional<OnnxTensor>> form) {
        Optional<OnnxTensor> constant = constants.value(tensor);
        if (constant.isPresent()) {
            return form.apply(constant.get())
                    .map(made -> initializer(made.withName(baseName(tensor)), Optional.empty()));
        }
        if (graph.uses(tensor) != 1) {
            return Optional.empty();
        }
        return single(tensor)
                .flatMap(stored -> form.apply(stored.tensor()).map(made -> {
                    held.put(tensor, new Missing(new UnsupportedModelException(tensor + " is stored in another form")));
                    return cast(initializer(made, Optional.empty()), stored);
                }));
    }

    /** Makes a bias an input of the node that gives a product, which nothing else reads: it gives the sum then. */
    boolean fuseBias(TensorRef sum, TensorRef product, TensorRef bias) {
        if (!(held.get(product) instanceof Written written)) {
            return false;
        }
        boolean takesOne = switch (onnx.producer(written.name())) {
            case "Conv", "ConvTranspose", "Gemm" -> onnx.inputCount(written.name()) == 2;
            default -> false;
        };
        if (!takesOne) {
            return false;
        }
        String name = name(bias);
        if (!onnx.initializers().containsKey(name)) {
            return false;
        }
        String result = newName(sum, written.order());
        onnx.addInput(written.name(), name, result);
        held.remove(product);
        held.put(sum, new Written(result, written.order()));
        return true;
    }

    private Optional<Stored> single(TensorRef tensor) {
        if (held.get(tensor) instanceof Alias alias && alias.permutation().isEmpty() && graph.uses(tensor) == 1) {
            return single(alias.of());
        }
        return held.get(tensor) instanceof Stored stored && stored.single() ? Optional.of(stored) : Optional.empty();
    }

    /** Tells whether a tensor is stored and can be written in any order. */
    boolean isFlexible(TensorRef tensor) {
        if (constants.value(tensor).isPresent()) {
            return true;
        }
        Held now = held.get(tensor);
        return now instanceof Stored || (now instanceof Alias alias && isFlexible(alias.of()));
    }

    /** Returns the order in which a tensor lies; empty for its own, or where any will do. */
    Optional<Order> order(TensorRef tensor) {
        Held now = constants.value(tensor).isPresent() ? null : held.get(tensor);
        if (now instanceof Written written) {
            return written.order();
        }
        if (now instanceof Alias alias && !isFlexible(alias.of())) {
            Optional<Order> behind = order(alias.of());
            if (alias.permutation().isEmpty()) {
                return behind;
            }
            Order permutation = alias.permutation().get();
            return plain(permutation.before(behind.orElseGet(() -> Order.identity(permutation.rank()))));
        }
        return Optional.empty();
    }

    /** Returns the value that holds a tensor as it is. */
    String name(TensorRef tensor) {
        return name(new Form(tensor, Optional.empty()));
    }

    /** Returns the value that holds a tensor with its axes in an order. */
    String name(TensorRef tensor, Order order) {
        return name(new Form(tensor, plain(order)));
    }

    private String name(Form form) {
        String known = forms.get(form);
        if (known == null) {
            known = make(form);
            forms.put(form, known);
        }
        return known;
    }

    private String make(Form form) {
        TensorRef tensor = form.tensor();
        Optional<OnnxTensor> constant = constants.value(tensor);
        if (constant.isPresent()) {
            return initializer(constant.get().withName(baseName(tensor)), form.order());
        }
        Held now = held.get(tensor);
        if (now instanceof Alias alias) {
            return name(new Form(alias.of(), behind(alias.permutation(), form.order())));
        }
        if (now instanceof Stored stored) {
            String name = cast(initializer(stored.tensor(), form.order()), stored);
            held.put(tensor, new Written(name, form.order()));
            return name;
        }
        if (now instanceof Missing missing) {
            throw missing.reason();
        }
        if (!(now instanceof Written written)) {
            throw new IllegalStateException("nothing gives " + tensor);
        }
        if (written.order().equals(form.order())) {
            return written.name();
        }
        int rank = written.order().or(form::order).orElseThrow().rank();
        Order from = written.order().orElseGet(() -> Order.identity(rank));
        Order to = form.order().orElseGet(() -> Order.identity(rank));
        String name = newName(tensor, form.order());
        onnx.node("Transpose", written.name()).withInts("perm", from.to(to)).addAs(List.of(name));
        return name;
    }

    private static Optional<Order> behind(Optional<Order> permutation, Optional<Order> order) {
        if (permutation.isEmpty()) {
            return order;
        }
        return plain(permutation
                .get()
                .behind(order.orElseGet(() -> Order.identity(permutation.get().rank()))));
    }

    private String initializer(OnnxTensor tensor, Optional<Order> order) {
        String name = onnx.freeName(tensor.name());
        OnnxTensor ordered = order.map(wanted -> wanted.apply(tensor)).orElse(tensor);
        onnx.initializer(ordered.withName(name));
        return name;
    }

    private String cast(String name, Stored stored) {
        return stored.tensor().type() == stored.type()
                ? name
                : onnx.node("Cast", name).with("to", stored.type().code()).add();
    }

    /** Returns a new name for a value that holds a tensor in an order. */
    String newName(TensorRef tensor, Optional<Order> order) {
        String base = baseName(tensor);
        String taken = names.get(tensor);
        // The names of the model's outputs are kept free for what they belong to.
        if (taken != null && reserved.contains(taken)) {
            return order.isEmpty() && reserved.remove(taken) ? taken : onnx.freeName(base + "/transposed");
        }
        return onnx.freeName(base);
    }

    /** Keeps a name for the tensor that it was given to. */
    void reserve(String name) {
        reserved.add(onnx.freeName(name));
    }

    private String baseName(TensorRef tensor) {
        String wanted = names.get(tensor);
        return wanted != null ? wanted : tensor.index() == 0 ? tensor.op() : tensor.toString();
    }

    /** Returns the values of all tensors that have one of their own; lists of tensors are none. */
    Map<TensorRef, OnnxExport.Value> written() {
        Map<TensorRef, OnnxExport.Value> all = new HashMap<>();
        held.forEach((tensor, now) -> {
            if (now instanceof Written written && graph.type(tensor) != DataType.DT_VARIANT) {
                all.put(tensor, new OnnxExport.Value(written.name(), written.order()));
            }
        });
        return all;
    }

    Shape shape(TensorRef tensor) {
        return graph.shape(tensor);
    }

    OnnxType type(TensorRef tensor) {
        return TfTypes.onnxType(graph.type(tensor));
    }
}
