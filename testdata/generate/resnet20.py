# SPDX-License-Identifier: Apache-2.0
"""ResNet-20 for 28x28 grey images (He et al. 2016, the CIFAR variant).

Three stages of three blocks with 16, 32 and 64 channels. One and the same
network with batch normalisation is exported in three forms (eval, unfused,
training); its batch-norm parameters and statistics are random, hence all
different. A fresh network (scales 1, offsets 0) gives the "identity" form.
The network without batch normalisation has parameter-free shortcuts.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.onnx import TrainingMode

from exporting import export, seed


class PadShortcut(nn.Module):
    """Halve the image, double the channels with zeros (option A)."""

    def forward(self, x: Tensor) -> Tensor:
        extra = x.shape[1] // 2
        return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, extra, extra))


def conv(
    inputs: int, outputs: int, size: int, stride: int, norm: bool
) -> nn.Sequential:
    """A convolution, followed by batch normalisation if `norm`."""
    layer = nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=not norm)
    return (
        nn.Sequential(layer, nn.BatchNorm2d(outputs))
        if norm
        else nn.Sequential(layer)
    )


class Block(nn.Module):
    """Two 3x3 convolutions and a shortcut."""

    def __init__(self, inputs: int, outputs: int, norm: bool) -> None:
        super().__init__()
        stride = outputs // inputs
        self.first = conv(inputs, outputs, 3, stride, norm)
        self.second = conv(outputs, outputs, 3, 1, norm)
        if stride == 1:
            self.shortcut: nn.Module = nn.Identity()
        elif norm:
            self.shortcut = conv(inputs, outputs, 1, stride, norm)
        else:
            self.shortcut = PadShortcut()

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.second(F.relu(self.first(x))) + self.shortcut(x))


def resnet20(norm: bool) -> nn.Module:
    """The whole network, with or without batch normalisation."""
    layers = [conv(1, 16, 3, 1, norm), nn.ReLU()]
    inputs = 16
    for outputs in (16, 32, 64):
        for _ in range(3):
            layers.append(Block(inputs, outputs, norm))
            inputs = outputs
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)]
    return he_uniform(nn.Sequential(*layers))


def he_uniform(model: nn.Module) -> nn.Module:
    """Draw the weights of all convolutions from He's uniform distribution."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")
    return model


def randomise_norms(model: nn.Module) -> None:
    """Give every batch-norm layer parameters and statistics of its own."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.2, 0.2)
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)


def main() -> None:
    """Write the five files."""
    seed()
    model = resnet20(norm=True)
    export(model, "resnet20-identity", 17, fold=False)
    with torch.no_grad():
        randomise_norms(model)
    export(model, "resnet20-eval", 17)
    export(
        model.eval(),
        "resnet20-unfused",
        17,
        training=TrainingMode.PRESERVE,
        fold=False,
    )
    export(
        model.train(),
        "resnet20-training",
        17,
        training=TrainingMode.TRAINING,
        fold=False,
    )
    export(resnet20(norm=False), "resnet20-nobn", 17)


if __name__ == "__main__":
    main()
