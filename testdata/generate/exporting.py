# SPDX-License-Identifier: Apache-2.0
"""What the generating scripts share: seeding, exporting and saving models."""

import io
import os
from pathlib import Path
from typing import Any, Sequence

import onnx
import torch
from torch import nn
from torch.onnx import TrainingMode

TESTDATA = Path(__file__).resolve().parent.parent
MODELS = TESTDATA / "models"
DATA = TESTDATA / "data"


def seed(value: int = 0) -> None:
    """Fix everything that decides the bytes of the weights drawn next.

    To be called before anything else is asked of PyTorch: its vectorised code
    for newer processors rounds otherwise than its portable code.
    """
    os.environ["ATEN_CPU_CAPABILITY"] = "default"
    torch.set_num_threads(1)
    torch.manual_seed(value)


def report(path: Path) -> None:
    """Print the name and the size of a written file."""
    print(path.relative_to(TESTDATA), path.stat().st_size)


def to_onnx(
    model: nn.Module,
    opset: int,
    shape: Sequence[int] = (1, 28, 28),
    training: TrainingMode = TrainingMode.EVAL,
    fold: bool = True,
    dtype: torch.dtype = torch.float32,
) -> bytes:
    """The model as PyTorch's exporter gives it.

    It has one input "input" and one output "output"; the first axis of both
    is dynamic and called "batch". `shape` and `dtype` are those of one
    example, `fold` tells whether to compute constant parts of the graph.
    """
    buffer = io.BytesIO()
    torch.onnx.export(
        model,
        torch.rand(2, *shape, dtype=dtype),
        buffer,
        training=training,
        do_constant_folding=fold,
        opset_version=opset,
        input_names=["input"],
        output_names=["output"],
        dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}},
    )
    return buffer.getvalue()


def export(model: nn.Module, name: str, opset: int, **options: Any) -> None:
    """Write models/NAME.onnx, the bytes that to_onnx gives, and check it."""
    path = MODELS / f"{name}.onnx"
    path.write_bytes(to_onnx(model, opset, **options))
    onnx.checker.check_model(str(path), full_check=True)
    report(path)


def save(model: onnx.ModelProto, name: str) -> None:
    """Check a model edited after its export and write models/NAME.onnx."""
    path = MODELS / f"{name}.onnx"
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))
    report(path)
