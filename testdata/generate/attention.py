# SPDX-License-Identifier: Apache-2.0
"""Self-attention with packed projection, and a transformer encoder layer.

Both read the 28 rows of a 28x28 image as 28 tokens.
"""

from torch import Tensor, nn

from exporting import export, seed

WIDTH = 32
HEADS = 4


class Rows(nn.Module):
    """Embed the rows of an image, apply `body`, classify the mean token."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.embed = nn.Linear(28, WIDTH)
        self.body = body
        self.classify = nn.Linear(WIDTH, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.body(self.embed(x.squeeze(1)))
        return self.classify(x.mean(dim=1))


class SelfAttention(nn.Module):
    """nn.MultiheadAttention with one tensor as query, key and value.

    Its weight in_proj_weight packs the three projections.
    """

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.attention(x, x, x, need_weights=False)[0]


def main() -> None:
    """Write the two files."""
    seed()
    export(Rows(SelfAttention()), "attention", 17)
    layer = nn.TransformerEncoderLayer(
        WIDTH, HEADS, 2 * WIDTH, batch_first=True
    )
    export(Rows(layer), "transformer-layer", 17)


if __name__ == "__main__":
    main()
