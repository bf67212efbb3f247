# SPDX-License-Identifier: Apache-2.0
"""Prove the way back into PyTorch: export, initialise, load, measure.

    /usr/bin/python3 -B pytorch_roundtrip.py PATH/TO/lsuv-init

Each network is exported in each of PyTorch's training modes, initialised by
the program given, and a network with other random weights loads the result
with strict=True. PyTorch's hooks then measure the output of every layer that
was initialised: its variance must be 1 within 1 %, and mean and variance must
be those that ONNX Runtime measured in the ONNX file. Nothing is written
outside a temporary folder; the exit status is 1 where anything is off.

One row cannot be whole, and says so: constant folding makes two weights of a
tied one, which are then initialised apart.
"""

import copy
import json
import struct
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any, Callable, Iterator, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torch.onnx import TrainingMode

from exporting import DATA
from recurrent import Sequence
from resnet20 import randomise_norms, resnet20

WIDTH = 32
TOKENS = 40
LENGTH = 12
DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "BOOL": "?"}


class Encoder(nn.Module):
    """Rows of an image through PyTorch's own transformer encoder."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(
            WIDTH, 4, 2 * WIDTH, dropout=0.0, batch_first=True
        )
        self.embed = nn.Linear(28, WIDTH)
        self.encode = nn.TransformerEncoder(layer, 2)
        self.classify = nn.Linear(WIDTH, 10, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.classify(self.encode(self.embed(x.squeeze(1))))


class Block(nn.Module):
    """Causal attention with one packed projection, then two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(WIDTH)
        self.c_attn = nn.Linear(WIDTH, 3 * WIDTH)
        self.c_proj = nn.Linear(WIDTH, WIDTH)
        self.ln_2 = nn.LayerNorm(WIDTH)
        self.c_fc = nn.Linear(WIDTH, 4 * WIDTH)
        self.c_out = nn.Linear(4 * WIDTH, WIDTH)
        self.register_buffer(
            "mask", torch.full((LENGTH, LENGTH), -1e9).triu(1)
        )

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.c_attn(self.ln_1(x)).split(WIDTH, dim=2)
        mask = self.mask[: x.shape[1], : x.shape[1]]
        scores = q @ k.transpose(1, 2) / WIDTH**0.5 + mask
        x = x + self.c_proj(scores.softmax(dim=-1) @ v)
        return x + self.c_out(F.gelu(self.c_fc(self.ln_2(x))))


class Gpt(nn.Module):
    """A language model whose head is its embedding."""

    def __init__(self) -> None:
        super().__init__()
        self.wte = nn.Embedding(TOKENS, WIDTH)
        self.wpe = nn.Embedding(LENGTH, WIDTH)
        self.h = nn.ModuleList([Block(), Block()])
        self.ln_f = nn.LayerNorm(WIDTH)
        self.lm_head = nn.Linear(WIDTH, TOKENS, bias=False)
        self.lm_head.weight = self.wte.weight

    def forward(self, ids: Tensor) -> Tensor:
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1]))
        for block in self.h:
            x = block(x)
        return self.lm_head(self.ln_f(x))


def lstm(both: bool) -> nn.Module:
    """A classifier over rows: two layers, perhaps in both directions."""
    return Sequence(
        nn.LSTM(28, 12, num_layers=2, bidirectional=both, batch_first=True)
    )


def resnet() -> nn.Module:
    """ResNet-20 with batch normalisation that is not at its start."""
    model = resnet20(norm=True)
    with torch.no_grad():
        randomise_norms(model)
    return model


class Mode(NamedTuple):
    """How a network is exported."""

    name: str
    training: TrainingMode
    fold: bool


MODES = [
    Mode("eval", TrainingMode.EVAL, True),
    Mode("eval, unfolded", TrainingMode.PRESERVE, False),
    Mode("preserve", TrainingMode.PRESERVE, True),
    Mode("training", TrainingMode.TRAINING, False),
]


def fused(model: nn.Module) -> nn.Module:
    """The network as an export for inference has it: no normalisation."""
    model = copy.deepcopy(model).eval()
    for parent in list(model.modules()):
        children = list(parent.named_children())
        for (name, child), (after, norm) in zip(children, children[1:]):
            if isinstance(child, nn.Conv2d) and isinstance(
                norm, nn.BatchNorm2d
            ):
                setattr(parent, name, fuse_conv_bn_eval(child, norm))
                setattr(parent, after, nn.Identity())
    return model


def safetensors(path: Path) -> dict[str, Tensor]:
    """Read a file by its description, without the library."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        start, end = (8 + length + at for at in entry["data_offsets"])
        array = np.frombuffer(data[start:end], DTYPES[entry["dtype"]])
        tensors[name] = torch.from_numpy(array.reshape(entry["shape"]).copy())
    return tensors


def gates(network: nn.LSTM, x: Tensor) -> Iterator[tuple[int, list[Tensor]]]:
    """What inputs and biases put into the gates, by layer."""
    kinds = ["", "_reverse"] if network.bidirectional else [""]
    for layer in range(network.num_layers):
        single = nn.LSTM(
            x.shape[2],
            network.hidden_size,
            bidirectional=network.bidirectional,
            batch_first=True,
        )
        parts = []
        for kind in kinds:
            get: Callable[[str], Tensor] = lambda leaf: getattr(
                network, f"{leaf}_l{layer}{kind}"
            )
            for leaf in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                setattr(single, f"{leaf}_l0{kind}", get(leaf))
            bias = get("bias_ih") + get("bias_hh")
            i, f, g, o = F.linear(x, get("weight_ih"), bias).chunk(4, dim=2)
            parts += [i, o, f, g]
        yield layer, parts
        x = single(x)[0]


def measure(model: nn.Module, x: Tensor) -> dict[str, list[list[Tensor]]]:
    """The parts of every layer's output, by the name of its weight."""
    found: dict[str, list[list[Tensor]]] = {}

    def hook(name: str) -> Callable[..., None]:
        def keep(module: nn.Module, args: Any, result: Any) -> None:
            if isinstance(module, nn.LSTM):
                for layer, parts in gates(module, args[0]):
                    found.setdefault(f"{name}.weight_ih_l{layer}", []).append(
                        parts
                    )
            elif isinstance(module, nn.MultiheadAttention):
                weight, bias = module.in_proj_weight, module.in_proj_bias
                parts = F.linear(args[0], weight, bias).chunk(3, dim=2)
                found.setdefault(f"{name}.in_proj_weight", []).append(
                    list(parts)
                )
            else:
                parts = [result]
                if name.endswith("c_attn"):
                    parts = list(result.chunk(3, dim=2))
                found.setdefault(f"{name}.weight", []).append(parts)

        return keep

    kinds = (nn.Linear, nn.Conv2d, nn.LSTM, nn.MultiheadAttention)
    handles = [
        module.register_forward_hook(hook(name))
        for name, module in model.named_modules()
        if isinstance(module, kinds)
    ]
    # With gradients on, PyTorch does not take its fused path for encoders,
    # which calls no hooks.
    model(x)
    for handle in handles:
        handle.remove()
    return found


def moments(parts: list[Tensor]) -> tuple[float, float]:
    """Mean and biased variance over all parts."""
    values = torch.cat([part.detach().double().flatten() for part in parts])
    return float(values.mean()), float(values.var(unbiased=False))


def prove(
    program: str, name: str, make: Callable[[], nn.Module], x: Tensor, mode: Mode
) -> tuple[str, bool]:
    """One row of the table, and whether all in it is as it should be."""
    torch.manual_seed(1)
    model = make().train(mode.training == TrainingMode.TRAINING)
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        axes = {0: "batch", 1: "length"} if x.dim() == 2 else {0: "batch"}
        torch.onnx.export(
            model,
            (x[:2],),
            str(at / "m.onnx"),
            training=mode.training,
            do_constant_folding=mode.fold,
            opset_version=14,
            input_names=["input"],
            output_names=["output"],
            dynamic_axes={"input": axes, "output": axes},
        )
        np.save(at / "x.npy", x.numpy())
        command = [program, at / "m.onnx", "--data", at / "x.npy", "-q"]
        command += ["--weights", at / "w.safetensors", "--report", at / "r.json"]
        run = subprocess.run(command, capture_output=True, text=True)
        if not (at / "r.json").exists():
            return f"{run.returncode}: {run.stderr.strip()}", False
        report = json.loads((at / "r.json").read_text())
        state = safetensors(at / "w.safetensors")
    torch.manual_seed(2)
    model = make().train(mode.training == TrainingMode.TRAINING)
    folded = any(
        entry["recovery"] == "folded-batch-norm"
        for entry in report["weights"]["tensors"]
    )
    model = fused(model) if folded else model
    loaded = "strict"
    try:
        model.load_state_dict(state, strict=True)
    except RuntimeError as error:
        loaded = "not strict: " + " ".join(str(error).split())
    found = measure(model, x)
    names = {}
    for entry in report["weights"]["tensors"]:
        for source in entry["sources"]:
            names.setdefault(source, []).append(entry["name"])
    variances, means, ratios, measured = [], [], [], 0
    verified = {
        layer["output"]: layer for layer in report["verification"]["layers"]
    }
    for layer in report["layers"]:
        theirs = verified[layer["output"]]
        keys = [key for source in layer["weightSources"] for key in names[source]]
        for key in keys:
            if key not in found:
                continue
            measured += 1
            parts = found[key][0]
            variances += [abs(moments([part])[1] - 1) for part in parts]
            mean, variance = moments(parts)
            means.append(abs(mean - theirs["mean"]))
            ratios.append(abs(variance / theirs["variance"] - 1))
    lost = len(report["weights"]["lost"])
    total = len(found)
    # Folding makes two weights of one parameter, which a note tells.
    untied = any("held equal" in note for note in report["weights"]["notes"])
    loaded += ", tie lost" if untied else ""
    good = (
        loaded.startswith("strict")
        and lost == 0
        and measured == total
        and (untied or max(variances) <= 0.01)
        and (untied or max(means + ratios) <= 1e-3)
    )
    row = (
        f"{len(state):7} {lost:5} {measured:4}/{total:<3}"
        f" {max(variances, default=np.nan):10.2e}"
        f" {max(means, default=np.nan):10.2e}"
        f" {max(ratios, default=np.nan):10.2e}  {loaded}"
    )
    return row, good


def main(program: str) -> int:
    """Print a row for each network and mode."""
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    images = torch.from_numpy(np.load(DATA / "fashion-mnist-256.npy"))[:64]
    ids = torch.randint(0, TOKENS, (64, LENGTH))
    networks: list[tuple[str, Callable[[], nn.Module], Tensor]] = [
        ("resnet20", resnet, images),
        ("lstm", lambda: lstm(False), images),
        ("lstm, both ways", lambda: lstm(True), images),
        ("encoder", Encoder, images),
        ("tied gpt", Gpt, ids),
    ]
    print(
        f"{'network':16} {'mode':15} tensors  lost  layers |var - 1|"
        "     |mean|   variance  loaded"
    )
    print(f"{'':57} in PyTorch   against ONNX Runtime")
    bad = 0
    for name, make, x in networks:
        for mode in MODES:
            row, good = prove(program, name, make, x, mode)
            bad += not good
            print(f"{name:16} {mode.name:15} {row}{'' if good else '  (!)'}")
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
