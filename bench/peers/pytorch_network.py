"""The reference CNN and its optimizer in PyTorch."""

import torch
from torch import nn


def reference_network():
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1600, 64), nn.ReLU(), nn.Linear(64, 10),
    ).to(memory_format=torch.channels_last)
    for layer in model:
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            # As in Keras, which the reference CNN is from.
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    return model, torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7, fused=True)
