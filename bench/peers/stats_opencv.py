"""Mean and standard deviation of each channel of a folder of images, with OpenCV in two processes."""

import sys
from multiprocessing import Pool
from pathlib import Path

import cv2
import numpy as np

from answer import mean_and_std, print_answer

folder, side = sys.argv[1], int(sys.argv[2])
# Two processes share two cores; more threads would only wait for each other.
cv2.setNumThreads(1)


def sums(path):
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if side:
        image = cv2.resize(image, (side, side), interpolation=cv2.INTER_LINEAR)
    count = image.shape[0] * image.shape[1]
    mean, std = cv2.meanStdDev(image)
    return count, mean[::-1, 0] * count, (mean**2 + std**2)[::-1, 0] * count


if __name__ == "__main__":
    count, total, squares = 0, np.zeros(3), np.zeros(3)
    with Pool(2) as pool:
        for one_count, one_sum, one_squares in pool.imap_unordered(sums, sorted(Path(folder).iterdir()), chunksize=50):
            count += one_count
            total += one_sum
            squares += one_squares
    print_answer(mean_and_std(count, total, squares))
