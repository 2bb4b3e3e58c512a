"""Mean and standard deviation of each channel of a folder of images, exactly, from Pillow's histograms in two processes."""

import sys
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from PIL import Image

from answer import mean_and_std, print_answer

folder, side = sys.argv[1], int(sys.argv[2])
CHUNK = 50


def histogram(paths):
    total = np.zeros(3 * 256, np.int64)
    for path in paths:
        with Image.open(path) as image:
            if side:
                image = image.resize((side, side), Image.BILINEAR)
            total += image.histogram()
    return total


if __name__ == "__main__":
    paths = sorted(Path(folder).iterdir())
    chunks = [paths[start : start + CHUNK] for start in range(0, len(paths), CHUNK)]
    with Pool(2) as pool:
        counts = sum(pool.imap_unordered(histogram, chunks)).reshape(3, 256)
    values = np.arange(256)
    print_answer(mean_and_std(counts[0].sum(), counts @ values, counts @ values**2))
