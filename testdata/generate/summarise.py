# SPDX-License-Identifier: Apache-2.0
"""Print what each file in models/ holds: opset, initialisers, operators."""

from collections import Counter

import onnx

from exporting import MODELS


def main() -> None:
    """Print one line per model."""
    for path in sorted(MODELS.glob("*.onnx")):
        model = onnx.load(str(path))
        graph = model.graph
        parts = [
            path.name,
            f"{path.stat().st_size} bytes",
            f"opset {model.opset_import[0].version}",
            f"{len(graph.initializer)} initialisers",
        ]
        parts += [
            f"{op} {n}"
            for op, n in sorted(Counter(n.op_type for n in graph.node).items())
        ]
        print(", ".join(parts))


if __name__ == "__main__":
    main()
