"""Milliseconds of one training step of the reference CNN in Keras on TensorFlow, one figure a line.

--generator: batches from ImageDataGenerator (rescale), as its users train; otherwise arrays already scaled in memory.
"""

import argparse
import os
import time

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--warmup", type=int, default=20)
parser.add_argument("--steps", type=int, default=50)
parser.add_argument("--evaluate", action="store_true", help="time 10,000 images forward instead")
parser.add_argument("--generator", action="store_true")
options = parser.parse_args()

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
import tensorflow as tf

from mnist import read_mnist

tf.config.threading.set_intra_op_parallelism_threads(options.threads)
tf.config.threading.set_inter_op_parallelism_threads(1)
keras.utils.set_random_seed(0)
layers = keras.layers
model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(),
    layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(),
    layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
images, classes = read_mnist("train", 10_000)
pixels, labels = images.astype("float32").reshape(-1, 28, 28, 1), classes.astype("int64")
scaled = pixels / 255

if options.generator:
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    flow = ImageDataGenerator(rescale=1 / 255).flow(pixels, labels, batch_size=options.batch)

    def next_batch(step):
        batch = next(flow)
        return batch if len(batch[1]) == options.batch else next(flow)
else:
    def next_batch(step):
        start = step * options.batch % (len(scaled) - options.batch)
        return scaled[start : start + options.batch], labels[start : start + options.batch]


forward = tf.function(lambda images: model(images, training=False))
for step in range(options.warmup + options.steps):
    start = time.perf_counter()
    if options.evaluate:
        for first in range(0, len(scaled), 250):
            forward(scaled[first : first + 250])
    else:
        model.train_on_batch(*next_batch(step))
    milliseconds = (time.perf_counter() - start) * 1000
    if step >= options.warmup:
        print(f"{milliseconds:.4f}", flush=True)
