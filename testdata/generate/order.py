# SPDX-License-Identifier: Apache-2.0
"""A network whose layers are registered last to first.

PyTorch writes initialisers in the order of registration, so that the first
initialiser in the file belongs to the last layer of the graph.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from exporting import export, seed


class Reversed(nn.Module):
    """Three convolutions and two linear layers, the last registered first."""

    def __init__(self) -> None:
        super().__init__()
        self.fc2 = nn.Linear(24, 10)
        self.fc1 = nn.Linear(16 * 3 * 3, 24)
        self.conv3 = nn.Conv2d(12, 16, 3, stride=2)
        self.conv2 = nn.Conv2d(8, 12, 3, stride=2, padding=1)
        self.conv1 = nn.Conv2d(1, 8, 3, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        x = F.relu(self.conv3(x))
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


def main() -> None:
    """Write the file."""
    seed()
    export(Reversed(), "order-reversed", 17)


if __name__ == "__main__":
    main()
