"""What the peers print: the figures that pixscale must agree with, as JSON."""

import json

import numpy as np


def print_answer(answer, seconds=None):
    document = {"answer": [float(value) for value in answer]}
    if seconds is not None:
        document["seconds"] = seconds
    print(json.dumps(document))


def mean_and_std(count, sums, squares):
    mean = np.asarray(sums, np.float64) / count
    return [*mean, *np.sqrt(np.asarray(squares, np.float64) / count - mean**2)]
