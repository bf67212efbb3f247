# SPDX-License-Identifier: Apache-2.0
"""A deep thin maxout network after FitNet-4 (Romero et al. 2015), 28x28 grey.

Seventeen 3x3 convolutions in three groups, each with maxout of two linear
pieces, as in "All you need is a good init" (Mishkin and Matas 2016), but with
a quarter of the channels. Maxout of a convolution is the larger of two slices;
maxout of the linear layer is reshape and max.
"""

import torch
from torch import Tensor, nn

from exporting import export, seed

GROUPS = ([8] * 3 + [12] * 2, [20] * 6, [32] * 6)


class ConvMaxout(nn.Module):
    """A 3x3 convolution with maxout over two pieces."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.outputs = outputs
        self.conv = nn.Conv2d(inputs, 2 * outputs, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        return torch.maximum(y[:, :self.outputs], y[:, self.outputs:])


class LinearMaxout(nn.Module):
    """A linear layer with maxout over two pieces."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.outputs = outputs
        self.linear = nn.Linear(inputs, 2 * outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x).reshape(-1, 2, self.outputs).amax(dim=1)


def fitnet() -> nn.Module:
    """The whole network."""
    layers = []
    inputs = 1
    for group, pool in zip(GROUPS, (2, 2, 7)):
        for outputs in group:
            layers.append(ConvMaxout(inputs, outputs))
            inputs = outputs
        layers += [nn.MaxPool2d(pool), nn.Dropout(0.2)]
    layers += [
        nn.Flatten(),
        LinearMaxout(inputs, 64),
        nn.Dropout(0.2),
        nn.Linear(64, 10),
    ]
    return nn.Sequential(*layers)


def main() -> None:
    """Write the file."""
    seed()
    export(fitnet(), "fitnet-maxout", 13)


if __name__ == "__main__":
    main()
