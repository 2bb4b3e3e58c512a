"""Milliseconds of one training step of the reference CNN in PyTorch (channels_last, fused Adam), one figure a line."""

import argparse
import time

import torch
from torch import nn

from mnist import read_mnist
from pytorch_network import reference_network

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--warmup", type=int, default=20)
parser.add_argument("--steps", type=int, default=50)
parser.add_argument("--evaluate", action="store_true", help="time 10,000 images forward instead")
options = parser.parse_args()

torch.set_num_threads(options.threads)
torch.manual_seed(0)
model, optimizer = reference_network()
loss_of = nn.CrossEntropyLoss()
pixels, labels = read_mnist("train", 10_000)
images = torch.from_numpy(pixels.astype("float32") / 255).reshape(-1, 1, 28, 28).to(memory_format=torch.channels_last)
labels = torch.from_numpy(labels).long()


def train_step(step):
    start = step * options.batch % (len(images) - options.batch)
    batch = slice(start, start + options.batch)
    optimizer.zero_grad(set_to_none=True)
    loss_of(model(images[batch]), labels[batch]).backward()
    optimizer.step()


def evaluate(_):
    with torch.inference_mode():
        for start in range(0, len(images), 250):
            model(images[start : start + 250])


action = evaluate if options.evaluate else train_step
for step in range(options.warmup + options.steps):
    start = time.perf_counter()
    action(step)
    milliseconds = (time.perf_counter() - start) * 1000
    if step >= options.warmup:
        print(f"{milliseconds:.4f}", flush=True)
