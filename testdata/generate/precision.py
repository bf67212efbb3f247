# SPDX-License-Identifier: Apache-2.0
"""One multilayer perceptron in float64, float16 and bfloat16.

The float64 and float16 models are of their type from input to output. The
bfloat16 model has float32 input and output and Cast nodes next to them.
PyTorch cannot run float16 on a CPU, so the float16 model is made from a
float32 export.
"""

import numpy as np
import onnx
import torch
from onnx import TensorProto, numpy_helper
from torch import Tensor, nn

from exporting import export, save, seed, to_onnx
from mlp50 import mlp


def small() -> nn.Module:
    """Three hidden layers of 16 units; the same weights at each call."""
    seed()
    return mlp(3, 16)


class Inside(nn.Module):
    """Run `body` in another type, between two conversions."""

    def __init__(self, body: nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        self.body = body.to(dtype)
        self.dtype = dtype

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x.to(self.dtype)).to(x.dtype)


def to_float16(model: onnx.ModelProto) -> onnx.ModelProto:
    """Turn all initialisers and the declared types into float16."""
    graph = model.graph
    for tensor in graph.initializer:
        half = numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(numpy_helper.from_array(half, tensor.name))
    for value in [*graph.input, *graph.output, *graph.value_info]:
        value.type.tensor_type.elem_type = TensorProto.FLOAT16
    return model


def main() -> None:
    """Write the three files."""
    export(small().double(), "mlp-float64", 17, dtype=torch.float64)
    save(
        to_float16(onnx.load_from_string(to_onnx(small(), 17))), "mlp-float16"
    )
    export(Inside(small(), torch.bfloat16), "mlp-bfloat16", 17)


if __name__ == "__main__":
    main()
