# SPDX-License-Identifier: Apache-2.0
"""A network in which one convolution and one linear layer are used repeatedly.

Each of the two is one module applied several times in a row, so that several
nodes of the graph read one initialiser.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from exporting import export, seed


class Tied(nn.Module):
    """A convolution used four times, then a linear layer used three times."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 8, 3, stride=2, padding=1)
        self.conv = nn.Conv2d(8, 8, 3, padding=1)
        self.reduce = nn.Linear(8 * 7 * 7, 16)
        self.linear = nn.Linear(16, 16)
        self.classify = nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.stem(x))
        for _ in range(4):
            x = F.relu(self.conv(x))
        x = F.relu(self.reduce(F.max_pool2d(x, 2).flatten(1)))
        for _ in range(3):
            x = F.relu(self.linear(x))
        return self.classify(x)


def main() -> None:
    """Write the file."""
    seed()
    export(Tied(), "tied", 17)


if __name__ == "__main__":
    main()
