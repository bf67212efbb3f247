# SPDX-License-Identifier: Apache-2.0
"""Batches of Fashion-MNIST images in the formats and types users have.

All are the first images of the training set, in its order. "Normalised" means
value / 255, less MEAN, over STD. Reads Debian's package dataset-fashion-mnist.
"""

import gzip
from pathlib import Path

import numpy as np
from onnx import numpy_helper

from exporting import DATA, report

IMAGES = Path("/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz")
LABELS = Path("/usr/share/datasets/fashion-mnist/train-labels-idx1-ubyte.gz")
HEADER = 16
LABELS_HEADER = 8
MEAN = 0.2860
STD = 0.3530


def read(count: int) -> np.ndarray:
    """The first `count` images, uint8, count x 1 x 28 x 28."""
    with gzip.open(IMAGES) as file:
        data = file.read(HEADER + count * 28 * 28)
    return np.frombuffer(data, np.uint8, offset=HEADER).reshape(
        count, 1, 28, 28
    )


def read_labels(count: int) -> np.ndarray:
    """The classes of the first `count` images, uint8, 0 to 9."""
    with gzip.open(LABELS) as file:
        data = file.read(LABELS_HEADER + count)
    return np.frombuffer(data, np.uint8, offset=LABELS_HEADER)


def main() -> None:
    """Write the seven files."""
    raw = read(256)
    images = ((raw / 255.0 - MEAN) / STD).astype(np.float32)

    def save(name: str, array: np.ndarray) -> None:
        path = DATA / f"{name}.npy"
        np.save(path, array)
        report(path)

    save("fashion-mnist-256", images)
    save("fashion-mnist-256-labels", read_labels(256))
    save("fashion-mnist-64-u1", raw[:64])
    save(
        "fashion-mnist-16-f8-be-fortran",
        np.asfortranarray(images[:16].astype(">f8")),
    )
    scaled = raw[:4].repeat(8, axis=2).repeat(8, axis=3)
    save("fashion-mnist-4-rgb224-u1", scaled.repeat(3, axis=1))

    path = DATA / "fashion-mnist-64.npz"
    np.savez_compressed(path, input=images[:64])
    report(path)

    path = DATA / "fashion-mnist-16.pb"
    path.write_bytes(
        numpy_helper.from_array(images[:16], "input").SerializeToString()
    )
    report(path)


if __name__ == "__main__":
    main()
