# SPDX-License-Identifier: Apache-2.0
"""A small decoder with what is stored beside the weights of layers.

The rows of a 28x28 image become 28 token ids. Their embedding is tied to the
last matrix, positions are learned, and one weight is computed from two
parameters (weight normalisation).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import weight_norm

from exporting import export, seed

ROWS = 28
WIDTH = 16
TOKENS = 32


class Block(nn.Module):
    """Causal attention with one packed projection, then two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.before = nn.LayerNorm(WIDTH)
        self.attend = nn.Linear(WIDTH, 3 * WIDTH)
        self.project = nn.Linear(WIDTH, WIDTH)
        self.widen = weight_norm(nn.Linear(WIDTH, 2 * WIDTH))
        self.narrow = nn.Linear(2 * WIDTH, WIDTH)
        self.register_buffer("mask", torch.full((ROWS, ROWS), -1e9).triu(1))

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.attend(self.before(x)).split(WIDTH, dim=2)
        scores = q @ k.transpose(1, 2) / WIDTH**0.5 + self.mask
        x = x + self.project(scores.softmax(dim=-1) @ v)
        return x + self.narrow(functional.gelu(self.widen(x)))


class Decoder(nn.Module):
    """Scores of ten tokens, averaged over the positions."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(TOKENS, WIDTH)
        self.positions = nn.Parameter(0.1 * torch.randn(1, ROWS, WIDTH))
        self.block = Block()

    def forward(self, image: Tensor) -> Tensor:
        brightness = image.squeeze(1).mean(dim=2)
        ids = (8 * brightness + 8).clamp(0, TOKENS - 1).long()
        x = self.block(self.embed(ids) + self.positions)
        scores = functional.linear(x, self.embed.weight)
        return scores.mean(dim=1)[:, :10]


def main() -> None:
    """Write the file."""
    seed()
    export(Decoder(), "decoder", 13, fold=False)


if __name__ == "__main__":
    main()
