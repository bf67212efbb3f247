# SPDX-License-Identifier: Apache-2.0
"""SqueezeNet 1.1 of torchvision, with random weights and ten classes."""

from torchvision.models import squeezenet1_1

from exporting import export, seed


def main() -> None:
    """Write the file."""
    seed()
    export(
        squeezenet1_1(weights=None, num_classes=10),
        "squeezenet1_1",
        11,
        shape=(3, 224, 224),
    )


if __name__ == "__main__":
    main()
