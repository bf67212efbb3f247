# SPDX-License-Identifier: Apache-2.0
"""A multilayer perceptron with 50 hidden layers of 100 ReLU units.

Its weights are those PyTorch gives a new layer, with which the signal dies
out on the way: the case that layer-sequential initialisation repairs.
"""

from torch import nn

from exporting import export, seed


def mlp(depth: int, width: int) -> nn.Module:
    """`depth` hidden layers of `width` units on a flattened 28x28 image."""
    layers = [nn.Flatten()]
    inputs = 28 * 28
    for _ in range(depth):
        layers += [nn.Linear(inputs, width), nn.ReLU()]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, 10))


def main() -> None:
    """Write the file."""
    seed()
    export(mlp(50, 100), "mlp50", 17)


if __name__ == "__main__":
    main()
