package org.lsuv.tf.onnxexport;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.onnxexport.RecurrentCell.Gate;
import org.lsuv.tf.onnxexport.StepValue.Activated;
import org.lsuv.tf.onnxexport.StepValue.Constant;
import org.lsuv.tf.onnxexport.StepValue.Item;
import org.lsuv.tf.onnxexport.StepValue.Product;
import org.lsuv.tf.onnxexport.StepValue.Rest;
import org.lsuv.tf.onnxexport.StepValue.State;
import org.lsuv.tf.onnxexport.StepValue.Stored;
import org.lsuv.tf.onnxexport.StepValue.Sum;
import org.lsuv.tf.onnxexport.StepValue.Times;

/**
 * Recognises recurrent cells by what a step computes, whoever wrote it. With x the input and h and c the state:
 *
 * <ul>
 *   <li>LSTM: c' = f(F)·c + f(I)·g(C) and h' = f(O)·h(c'), with I, O, F, C = x·W + h·R + b
 *   <li>GRU: h' = z·h + (1 − z)·n, with z = f(Z), r = f(R), and n = g(x·W + b + r·(h·R + b)), or g(x·W + (r·h)·R + b)
 *   <li>RNN: h' = f(x·W + h·R + b)
 * </ul>
 */
final class CellReader {
    private final List<StepValue> results;

    private CellReader(List<StepValue> results) {
        this.results = results;
    }

    /** Returns the cell whose next state is among the results of a step. */
    static Optional<RecurrentCell> find(List<StepValue> results) {
        CellReader reader = new CellReader(results);
        return results.stream()
                .flatMap(result -> reader.cell(result).stream())
                .filter(reader::isWhole)
                .findFirst();
    }

    private Optional<RecurrentCell> cell(StepValue next) {
        if (next instanceof Activated activated) {
            return rnn(next, activated);
        } else if (next instanceof Times times) {
            return lstm(next, times.one(), times.other()).or(() -> lstm(next, times.other(), times.one()));
        } else if (next instanceof Sum sum && sum.terms().size() == 2) {
            StepValue one = sum.terms().get(0);
            StepValue other = sum.terms().get(1);
            return gru(next, one, other).or(() -> gru(next, other, one));
        }
        return Optional.empty();
    }

    /** All gates are as wide as the state, and no weight has two places. */
    private boolean isWhole(RecurrentCell cell) {
        Set<TensorRef> roles = new HashSet<>();
        boolean apart = roles.addAll(
                        cell.inputs().stream().map(WeightPart::weight).toList())
                && cell.states().stream().map(WeightPart::weight).distinct().allMatch(roles::add)
                && cell.biases().stream()
                        .flatMap(Optional::stream)
                        .map(WeightPart::weight)
                        .distinct()
                        .allMatch(roles::add);
        return apart
                && cell.gates().stream()
                        .allMatch(gate -> gate.input().width() == cell.size()
                                && gate.state().width() == cell.size()
                                && gate.inputBias().stream().allMatch(bias -> bias.width() == cell.size())
                                && gate.stateBias().stream().allMatch(bias -> bias.width() == cell.size()));
    }

    /**
     * Holds what is summed for a gate.
     *
     * @param weights its weights
     * @param item the list that the input comes from
     * @param state what the product with the state has as its factor
     */
    private record Affine(Gate weights, int item, StepValue state) {
        boolean reads(int place) {
            return state.equals(new State(place));
        }
    }

    private static Optional<Affine> affine(StepValue value) {
        List<Product> inputs = new ArrayList<>();
        List<Product> states = new ArrayList<>();
        List<WeightPart> biases = new ArrayList<>();
        double shift = 0;
        for (StepValue term : StepValue.terms(value)) {
            if (term instanceof Product product) {
                (product.factor() instanceof Item ? inputs : states).add(product);
            } else if (term instanceof Stored stored) {
                biases.add(stored.part());
            } else if (term instanceof Constant number) {
                shift += number.value();
            } else {
                return Optional.empty();
            }
        }
        if (inputs.size() != 1 || states.size() != 1 || biases.size() > (shift == 0 ? 2 : 1)) {
            return Optional.empty();
        }
        Gate gate = new Gate(
                inputs.get(0).weight(),
                states.get(0).weight(),
                biases.stream().findFirst(),
                biases.stream().skip(1).findFirst(),
                shift);
        return inputs.get(0).factor() instanceof Item item
                ? Optional.of(new Affine(gate, item.list(), states.get(0).factor()))
                : Optional.empty();
    }

    private Optional<RecurrentCell> rnn(StepValue next, Activated activated) {
        return affine(activated.of())
                .filter(gate -> gate.state() instanceof State state && isNext(state.place(), next))
                .map(gate -> new RecurrentCell(
                        "RNN",
                        List.of(gate.weights()),
                        List.of(activated.function()),
                        false,
                        gate.item(),
                        ((State) gate.state()).place(),
                        OptionalInt.empty()));
    }

    private boolean isNext(int place, StepValue value) {
        return results.get(place).equals(value);
    }

    private Optional<RecurrentCell> lstm(StepValue next, StepValue output, StepValue shown) {
        if (!(shown instanceof Activated seen
                && seen.of() instanceof Sum sum
                && sum.terms().size() == 2)) {
            return Optional.empty();
        }
        StepValue one = sum.terms().get(0);
        StepValue other = sum.terms().get(1);
        return lstm(next, output, seen, one, other).or(() -> lstm(next, output, seen, other, one));
    }

    private Optional<RecurrentCell> lstm(
            StepValue next, StepValue output, Activated seen, StepValue kept, StepValue added) {
        if (!(kept instanceof Times keeps && added instanceof Times adds && output instanceof Activated shows)) {
            return Optional.empty();
        }
        boolean first = keeps.one() instanceof State;
        StepValue forgets = first ? keeps.other() : keeps.one();
        if (!((first ? keeps.one() : keeps.other()) instanceof State cell && forgets instanceof Activated forget)
                || !(adds.one() instanceof Activated left && adds.other() instanceof Activated right)
                || !isNext(cell.place(), seen.of())) {
            return Optional.empty();
        }
        boolean entersFirst = left.function().equals(forget.function());
        Activated enters = entersFirst ? left : right;
        Activated content = entersFirst ? right : left;
        boolean alike =
                enters.function().equals(forget.function()) && shows.function().equals(forget.function());
        List<Affine> gates = affine(List.of(enters, shows, forget, content));
        if (!alike || gates.isEmpty()) {
            return Optional.empty();
        }
        return hidden(gates, next)
                .map(place -> new RecurrentCell(
                        "LSTM",
                        gates.stream().map(Affine::weights).toList(),
                        List.of(forget.function(), content.function(), seen.function()),
                        false,
                        gates.get(0).item(),
                        place,
                        OptionalInt.of(cell.place())));
    }

    /** Returns what all gates sum; nothing if one of them sums something else. */
    private static List<Affine> affine(List<Activated> gates) {
        List<Affine> all =
                gates.stream().flatMap(gate -> affine(gate.of()).stream()).toList();
        return all.size() == gates.size() ? all : List.of();
    }

    /** Returns the place of the state that all gates read, if that is what the step computes next. */
    private Optional<Integer> hidden(List<Affine> gates, StepValue next) {
        return gates.get(0).state() instanceof State state
                        && isNext(state.place(), next)
                        && gates.stream()
                                .allMatch(gate -> gate.reads(state.place())
                                        && gate.item() == gates.get(0).item())
                ? Optional.of(state.place())
                : Optional.empty();
    }

    private Optional<RecurrentCell> gru(StepValue next, StepValue kept, StepValue added) {
        if (!(kept instanceof Times keeps && added instanceof Times adds)) {
            return Optional.empty();
        }
        boolean first = keeps.one() instanceof State;
        if (!((first ? keeps.one() : keeps.other()) instanceof State hidden)
                || !((first ? keeps.other() : keeps.one()) instanceof Activated update)) {
            return Optional.empty();
        }
        StepValue rest = new Rest(update);
        StepValue content = adds.one().equals(rest) ? adds.other() : adds.one();
        boolean complete = (adds.one().equals(rest) || adds.other().equals(rest)) && isNext(hidden.place(), next);
        return complete && content instanceof Activated shown
                ? resetBehind(hidden, update, shown).or(() -> resetBefore(hidden, update, shown))
                : Optional.empty();
    }

    /** Reads g(x·W + b + r·(h·R + b)). */
    private Optional<RecurrentCell> resetBehind(State hidden, Activated update, Activated content) {
        List<StepValue> plain = new ArrayList<>(StepValue.terms(content.of()));
        Optional<Times> product = plain.stream()
                .filter(Times.class::isInstance)
                .map(Times.class::cast)
                .findFirst();
        if (product.isEmpty()) {
            return Optional.empty();
        }
        plain.remove(product.get());
        boolean first = product.get().one() instanceof Activated;
        StepValue inner = first ? product.get().other() : product.get().one();
        if (!((first ? product.get().one() : product.get().other()) instanceof Activated reset)) {
            return Optional.empty();
        }
        List<StepValue> own = StepValue.terms(inner);
        List<StepValue> all = new ArrayList<>(plain);
        all.addAll(own);
        List<StepValue> stateBiases =
                own.stream().filter(Stored.class::isInstance).toList();
        boolean simple = own.size() - stateBiases.size() == 1
                && own.stream()
                        .anyMatch(term ->
                                term instanceof Product part && part.factor().equals(hidden))
                && stateBiases.size() <= 1
                && all.stream().noneMatch(Constant.class::isInstance)
                && plain.size() <= 2;
        if (!simple) {
            return Optional.empty();
        }
        Optional<WeightPart> stateBias = stateBiases.stream().findFirst().map(bias -> ((Stored) bias).part());
        return affine(new Sum(all))
                .map(gate -> ordered(gate, stateBias))
                .flatMap(gate -> gru(hidden, update, reset, content, gate, true));
    }

    /** Reads g(x·W + (r·h)·R + b). */
    private Optional<RecurrentCell> resetBefore(State hidden, Activated update, Activated content) {
        return affine(content.of()).flatMap(gate -> {
            if (!(gate.state() instanceof Times times)) {
                return Optional.empty();
            }
            StepValue reset = times.one().equals(hidden) ? times.other() : times.one();
            boolean complete = times.one().equals(hidden) || times.other().equals(hidden);
            Affine plain = new Affine(gate.weights(), gate.item(), hidden);
            return complete && reset instanceof Activated found
                    ? gru(hidden, update, found, content, plain, false)
                    : Optional.empty();
        });
    }

    /** Puts that bias behind which belongs to the product with the state. */
    private static Affine ordered(Affine gate, Optional<WeightPart> stateBias) {
        Gate weights = gate.weights();
        List<WeightPart> others = new ArrayList<>();
        weights.inputBias().ifPresent(others::add);
        weights.stateBias().ifPresent(others::add);
        Optional<WeightPart> behind = others.stream()
                .filter(bias -> stateBias.filter(bias::isOf).isPresent())
                .findFirst();
        behind.ifPresent(others::remove);
        Optional<WeightPart> front = others.stream().findFirst();
        return others.size() > 1 || weights.shift() != 0
                ? gate
                : new Affine(
                        new Gate(weights.input(), weights.state(), front, behind, weights.shift()),
                        gate.item(),
                        gate.state());
    }

    private static Optional<RecurrentCell> gru(
            State hidden, Activated update, Activated reset, Activated content, Affine last, boolean behind) {
        List<Affine> gates = affine(List.of(update, reset));
        Optional<WeightPart> stateBias = behind ? last.weights().stateBias() : Optional.empty();
        boolean alike = !gates.isEmpty()
                && update.function().equals(reset.function())
                && gates.stream().allMatch(gate -> gate.reads(hidden.place()) && gate.item() == last.item())
                && last.reads(hidden.place());
        return alike
                ? Optional.of(new RecurrentCell(
                        "GRU",
                        List.of(
                                ordered(gates.get(0), stateBias).weights(),
                                ordered(gates.get(1), stateBias).weights(),
                                last.weights()),
                        List.of(update.function(), content.function()),
                        behind,
                        last.item(),
                        hidden.place(),
                        OptionalInt.empty()))
                : Optional.empty();
    }
}
