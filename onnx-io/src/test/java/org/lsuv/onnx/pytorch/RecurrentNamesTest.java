package org.lsuv.onnx.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lsuv.onnx.TestModel.attribute;

import java.util.List;
import org.junit.jupiter.api.Test;

class RecurrentNamesTest {
    /** One hidden unit and one input: a gate is one number, and ONNX's i o f c hold 1 2 3 4. */
    @Test
    void gatesOfLstmComeInPyTorchsOrderForEachDirection() {
        StateDict dict = new Export()
                .stored("onnx::LSTM_1", 1, 2, 4, 1)
                .stored("onnx::LSTM_2", 11, 2, 4, 1)
                .stored("onnx::LSTM_3", 21, 2, 8)
                .node(
                        "LSTM",
                        "/enc/rnn/LSTM",
                        List.of("x", "onnx::LSTM_1", "onnx::LSTM_2", "onnx::LSTM_3"),
                        "y",
                        attribute("direction", "bidirectional"))
                .dict();
        assertThat(Export.values(dict, "enc.rnn.weight_ih_l0")).containsExactly(1, 3, 4, 2);
        assertThat(Export.values(dict, "enc.rnn.weight_ih_l0_reverse")).containsExactly(5, 7, 8, 6);
        assertThat(Export.values(dict, "enc.rnn.weight_hh_l0")).containsExactly(11, 13, 14, 12);
        assertThat(Export.values(dict, "enc.rnn.bias_ih_l0")).containsExactly(21, 23, 24, 22);
        assertThat(Export.values(dict, "enc.rnn.bias_hh_l0")).containsExactly(25, 27, 28, 26);
        assertThat(Export.values(dict, "enc.rnn.bias_hh_l0_reverse")).containsExactly(33, 35, 36, 34);
        assertThat(Export.recoveries(dict)).hasSize(8).containsValue("recurrent");
        assertThat(Export.parameter(dict, "enc.rnn.weight_ih_l0").tensor().shape())
                .containsExactly(4, 1);
        assertThat(dict.lost()).isEmpty();
    }

    @Test
    void gatesOfGruKeepTheirRowsTogether() {
        StateDict dict = gru(1).dict();
        assertThat(Export.values(dict, "rnn.weight_ih_l0")).containsExactly(5, 6, 7, 8, 1, 2, 3, 4, 9, 10, 11, 12);
        assertThat(Export.recoveries(dict)).containsOnlyKeys("rnn.weight_ih_l0", "rnn.weight_hh_l0");
    }

    @Test
    void gruThatResetsBeforeItsProductIsNotPyTorchs() {
        StateDict dict = gru(0).dict();
        assertThat(dict.parameters()).isEmpty();
        assertThat(Export.reason(dict, "onnx::GRU_1"))
                .isEqualTo("belongs to a GRU that resets before its product, which PyTorch has not");
        assertThat(dict.lost()).hasSize(2);
    }

    private static Export gru(long linearBeforeReset) {
        return new Export()
                .stored("onnx::GRU_1", 1, 1, 6, 2)
                .stored("onnx::GRU_2", 21, 1, 6, 2)
                .node(
                        "GRU",
                        "/rnn/GRU",
                        List.of("x", "onnx::GRU_1", "onnx::GRU_2"),
                        "y",
                        attribute("linear_before_reset", linearBeforeReset));
    }

    @Test
    void layersAreCountedWithinTheirModule() {
        StateDict dict = new Export()
                .stored("onnx::RNN_1", 1, 1, 1, 1)
                .stored("onnx::RNN_2", 2, 1, 1, 1)
                .stored("onnx::RNN_3", 3, 1, 1, 1)
                .stored("onnx::RNN_4", 4, 1, 1, 1)
                .node("RNN", "/rnn/RNN", List.of("x", "onnx::RNN_1", "onnx::RNN_2"), "a")
                .node("RNN", "/rnn/RNN_1", List.of("a", "onnx::RNN_3", "onnx::RNN_4"), "y")
                .dict();
        assertThat(Export.values(dict, "rnn.weight_ih_l1")).containsExactly(3);
        assertThat(Export.values(dict, "rnn.weight_hh_l0")).containsExactly(2);
    }

    @Test
    void backwardDirectionAloneIsListed() {
        StateDict dict = new Export()
                .stored("onnx::RNN_1", 1, 1, 2, 2)
                .stored("onnx::RNN_2", 2, 1, 2, 2)
                .node(
                        "RNN",
                        "/rnn/RNN",
                        List.of("x", "onnx::RNN_1", "onnx::RNN_2"),
                        "y",
                        attribute("direction", "reverse"))
                .dict();
        assertThat(Export.reason(dict, "onnx::RNN_1"))
                .isEqualTo("belongs to a recurrent layer that only runs backwards, which PyTorch has not");
    }

    @Test
    void tensorOfAShapeThatDoesNotFitIsListed() {
        StateDict dict = new Export()
                .stored("onnx::LSTM_1", 1, 1, 4, 2)
                .stored("onnx::LSTM_2", 2, 1, 4, 2)
                .node("LSTM", "/rnn/LSTM", List.of("x", "onnx::LSTM_1", "onnx::LSTM_2"), "y")
                .dict();
        assertThat(Export.reason(dict, "onnx::LSTM_1"))
                .startsWith("has a shape that does not fit node \"/rnn/LSTM\" LSTM(");
    }
}
