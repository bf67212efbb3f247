# SPDX-License-Identifier: Apache-2.0
"""Recurrent networks that read the 28 rows of a 28x28 image as 28 steps."""

from torch import Tensor, nn

from exporting import export, seed


class Sequence(nn.Module):
    """Run a recurrent network over the rows, classify its last step."""

    def __init__(self, network: nn.RNNBase) -> None:
        super().__init__()
        self.network = network
        directions = 2 if network.bidirectional else 1
        self.classify = nn.Linear(directions * network.hidden_size, 10)

    def forward(self, x: Tensor) -> Tensor:
        steps, _ = self.network(x.squeeze(1))
        return self.classify(steps[:, -1])


class Final(Sequence):
    """Classify the final state instead, so that nobody reads the steps."""

    def forward(self, x: Tensor) -> Tensor:
        _, state = self.network(x.squeeze(1))
        return self.classify(state[-1])


def main() -> None:
    """Write the three files."""
    seed()
    lstm = nn.LSTM(28, 12, num_layers=2, bidirectional=True, batch_first=True)
    export(Sequence(lstm), "lstm", 17)
    export(Sequence(nn.GRU(28, 16, batch_first=True)), "gru", 17)
    rnn = nn.RNN(28, 16, num_layers=2, batch_first=True, nonlinearity="relu")
    export(Final(rnn), "rnn", 17)


if __name__ == "__main__":
    main()
