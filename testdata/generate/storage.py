# SPDX-License-Identifier: Apache-2.0
"""Two networks whose weights are stored elsewhere than usual.

"constants" has no initialisers; every weight is in a Constant node, be it as
raw bytes or as a list of floats in a tensor, or in the attribute value_floats.
"mlp-external" has every initialiser in a second file.
"""

import onnx
from onnx import helper, numpy_helper
from torch import nn

from exporting import MODELS, report, save, seed, to_onnx
from mlp50 import mlp


def convnet() -> nn.Module:
    """Two convolutions and two linear layers."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(8, 12, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(12 * 7 * 7, 24),
        nn.ReLU(),
        nn.Linear(24, 10),
    )


def constant(tensor: onnx.TensorProto, as_list: bool) -> onnx.NodeProto:
    """The Constant node that gives what `tensor` holds.

    A vector goes into value_floats; other tensors go into value, as a list of
    floats if `as_list`, else as raw bytes.
    """
    name = tensor.name
    values = numpy_helper.to_array(tensor)
    if values.ndim == 1:
        return helper.make_node(
            "Constant", [], [name], name, value_floats=values.tolist()
        )
    if as_list:
        tensor = helper.make_tensor(
            name, tensor.data_type, tensor.dims, values.ravel().tolist()
        )
    return helper.make_node("Constant", [], [name], name, value=tensor)


def to_constants(model: onnx.ModelProto) -> onnx.ModelProto:
    """Turn all initialisers into Constant nodes, put first in the graph."""
    graph = model.graph
    tensors = list(graph.initializer)
    nodes = [constant(tensor, tensor.name == "2.weight") for tensor in tensors]
    nodes += list(graph.node)
    del graph.initializer[:]
    del graph.node[:]
    graph.node.extend(nodes)
    return model


def save_external(model: onnx.ModelProto, name: str) -> None:
    """Write models/NAME.onnx and, with all weights, NAME.onnx.data."""
    path = MODELS / f"{name}.onnx"
    data = MODELS / f"{name}.onnx.data"
    data.unlink(missing_ok=True)  # onnx.save would append to it
    onnx.save(
        model,
        str(path),
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location=data.name,
        size_threshold=0,
    )
    onnx.checker.check_model(str(path), full_check=True)
    report(path)
    report(data)


def main() -> None:
    """Write the three files."""
    seed()
    save(
        to_constants(onnx.load_from_string(to_onnx(convnet(), 17))),
        "constants",
    )
    save_external(
        onnx.load_from_string(to_onnx(mlp(2, 16), 17)), "mlp-external"
    )


if __name__ == "__main__":
    main()
