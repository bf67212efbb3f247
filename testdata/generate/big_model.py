#!/usr/bin/env python3
"""Write a model of more than 2 GB with external data, and a batch for it, to a folder.

Usage: big_model.py FOLDER [PAIRS]

FOLDER/big.onnx is a ReLU MLP with PAIRS (10) pairs of layers of 4096 x 7168 and 7168 x 4096 float32 weights,
235 MB a pair. The first weight has a data file of its own; all others share big.onnx.data, biases between them
and every region aligned to 4096 bytes. FOLDER/batch.npy holds 64 rows. Needs numpy and onnx.

Peak memory of a run (maximum resident set size):
    /usr/bin/time -v lsuv-init FOLDER/big.onnx --data FOLDER/batch.npy -o FOLDER/out.onnx --init keep
"""
import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, save

WIDTHS = (4096, 7168)
ALIGNMENT = 4096


def external(name, array, folder, location):
    """Append an array to a data file and return the initializer that points there."""
    with open(folder / location, "ab") as file:
        offset = -(-file.tell() // ALIGNMENT) * ALIGNMENT
        file.write(bytes(offset - file.tell()))
        array.tofile(file)
    tensor = TensorProto(
        name=name, data_type=TensorProto.FLOAT, dims=array.shape, data_location=TensorProto.EXTERNAL
    )
    for key, value in (("location", location), ("offset", offset), ("length", array.nbytes)):
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def main(folder, pairs):
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("big.onnx*"):
        old.unlink()
    random = np.random.default_rng(1)
    nodes, weights, value = [], [], "x"
    for i in range(2 * pairs):
        fan_in, fan_out = WIDTHS[i % 2], WIDTHS[(i + 1) % 2]
        kernel = random.standard_normal((fan_in, fan_out), dtype=np.float32)
        kernel *= np.float32(0.01)
        bias = random.standard_normal(fan_out, dtype=np.float32) * np.float32(0.01)
        location = "first.data" if i == 0 else "big.onnx.data"
        weights.append(external(f"fc{i}.weight", kernel, folder, location))
        weights.append(external(f"fc{i}.bias", bias, folder, "big.onnx.data"))
        nodes.append(helper.make_node("Gemm", [value, f"fc{i}.weight", f"fc{i}.bias"], [f"fc{i}"], name=f"fc{i}"))
        value = f"relu{i}" if i < 2 * pairs - 1 else "y"
        nodes.append(helper.make_node("Relu", [f"fc{i}"], [value], name=f"relu{i}"))
    graph = helper.make_graph(
        nodes,
        "big",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", WIDTHS[0]])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", WIDTHS[0]])],
        weights,
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), folder / "big.onnx")
    np.save(folder / "batch.npy", random.standard_normal((64, WIDTHS[0]), dtype=np.float32))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10)
