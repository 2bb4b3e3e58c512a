"""Test accuracy of three scalings with two seeds each after one epoch on MNIST, in two processes of one thread."""

import sys
from multiprocessing import Pool

import torch
from torch import nn

from answer import print_answer
from mnist import read_mnist
from pytorch_network import reference_network

EPOCH = int(sys.argv[1])
BATCH = 64
SEEDS = [0, 1]


def as_tensors(split, count):
    images, labels = read_mnist(split, count)
    images = torch.from_numpy(images).reshape(-1, 1, 28, 28).to(memory_format=torch.channels_last)
    return images, torch.from_numpy(labels).long()


def load():
    global train, test, scalings
    torch.set_num_threads(1)
    train, test = as_tensors("train", EPOCH), as_tensors("t10k", 10_000)
    pixels = train[0].float()
    mean, std = pixels.mean(), pixels.std(correction=0)
    scalings = {"normalize": (0, 255), "center": (mean, 1), "standardize": (mean, std)}


def accuracy(run):
    scaling, seed = run
    mean, divisor = scalings[scaling]
    torch.manual_seed(seed)
    model, optimizer = reference_network()
    loss_of = nn.CrossEntropyLoss()
    images, labels = train
    for batch in torch.randperm(EPOCH).split(BATCH):
        optimizer.zero_grad(set_to_none=True)
        loss_of(model((images[batch] - mean) / divisor), labels[batch]).backward()
        optimizer.step()
    right = 0
    with torch.inference_mode():
        for images, labels in zip(test[0].split(250), test[1].split(250)):
            right += (model((images - mean) / divisor).argmax(1) == labels).sum().item()
    return 100 * right / len(test[1])


if __name__ == "__main__":
    names = ["normalize", "center", "standardize"]
    runs = [(name, seed) for name in names for seed in SEEDS]
    with Pool(2, load) as pool:
        accuracies = pool.map(accuracy, runs, chunksize=1)
    print_answer(torch.tensor(accuracies).reshape(len(names), len(SEEDS)).mean(1).tolist())
