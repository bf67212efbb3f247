# SPDX-License-Identifier: Apache-2.0
"""A network with a dead layer: no scale of its weights can give unit variance.

All biases of the second convolution are -100, so that the ReLU after it gives
zeros only. The third convolution, which has no bias, then sees and gives zeros
only; the layers after it see the constant that is left.
"""

from torch import nn

from exporting import export, seed


def dead() -> nn.Module:
    """The whole network."""
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(8, 8, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(8, 8, 3, bias=False),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(8 * 5 * 5, 24),
        nn.ReLU(),
        nn.Linear(24, 10),
    )
    nn.init.constant_(model[2].bias, -100.0)
    return model


def main() -> None:
    """Write the file."""
    seed()
    export(dead(), "dead-layer", 17)


if __name__ == "__main__":
    main()
