"""Mean and standard deviation of each channel of the JPEGs in a folder, as it is usually done with Pillow and NumPy."""
import sys
from pathlib import Path

import numpy as np
from PIL import Image

folder, side = sys.argv[1], int(sys.argv[2])
count = 0
total = np.zeros(3)
squares = np.zeros(3)
for path in sorted(Path(folder).rglob("*.jpg")):
    image = Image.open(path).convert("RGB")
    if side:
        image = image.resize((side, side), Image.LANCZOS)
    pixels = np.asarray(image, dtype=np.float64) / 255
    count += pixels.shape[0] * pixels.shape[1]
    total += pixels.sum(axis=(0, 1))
    squares += (pixels**2).sum(axis=(0, 1))
mean = total / count
print(mean, np.sqrt(squares / count - mean**2))
