"""Mean and standard deviation of each channel of a folder of images, with tf.data."""

import os
import sys
import time
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf

from answer import mean_and_std, print_answer

folder, side = sys.argv[1], int(sys.argv[2])


def sums(path):
    decode = tf.io.decode_png if paths[0].endswith(".png") else tf.io.decode_jpeg
    image = decode(tf.io.read_file(path), channels=3)
    image = tf.image.resize(image, (side, side)) if side else tf.cast(image, tf.float32)
    count = tf.size(image, tf.int64) // 3
    return count, tf.reduce_sum(image, [0, 1]), tf.reduce_sum(tf.square(image), [0, 1])


def add(total, batch):
    return tuple(a + tf.reduce_sum(tf.cast(b, a.dtype), 0) for a, b in zip(total, batch))


start = time.perf_counter()
paths = sorted(str(path) for path in Path(folder).iterdir())
data = tf.data.Dataset.from_tensor_slices(paths).map(sums, num_parallel_calls=tf.data.AUTOTUNE, deterministic=False)
zero = (tf.zeros((), tf.int64), tf.zeros(3, tf.float64), tf.zeros(3, tf.float64))
count, total, squares = data.batch(64).prefetch(tf.data.AUTOTUNE).reduce(zero, lambda *pair: add(*pair))
print_answer(mean_and_std(count.numpy(), total.numpy(), squares.numpy()), time.perf_counter() - start)
