/** Where an image is. */
export interface ImagePlace {
  readonly split: string;
  /** Which image of the split, from 0. */
  readonly index: number;
}

/** An image and the figure that makes it odd. */
export interface RankedImage extends ImagePlace {
  readonly value: number;
}

/** A figure of each image of a split. */
export interface ImageFigures {
  readonly split: string;
  readonly values: Float64Array;
}

/**
 * The images of all splits with the smallest or largest figures, the most extreme first; of equal ones, the earlier first.
 * Figures that are not finite are left out.
 */
export function extremeImages(
  figures: readonly ImageFigures[],
  end: "smallest" | "largest",
  most: number,
): RankedImage[] {
  const sign = end === "smallest" ? 1 : -1;
  // A split gives at most `most` images, so that few are compared across splits.
  const candidates = figures.flatMap(({ split, values }) => {
    const order = Uint32Array.from(values.keys())
      .filter((index) => Number.isFinite(values[index]))
      .sort((a, b) => sign * (values[a] - values[b]) || a - b);
    return Array.from(order.subarray(0, most), (index) => ({ split, index, value: values[index] }));
  });
  return candidates.sort((a, b) => sign * (a.value - b.value)).slice(0, most);
}

/** Images with a figure that is NaN or infinite, in order. */
export function unmeasuredImages(figures: readonly ImageFigures[]): ImagePlace[] {
  return figures.flatMap(({ split, values }) =>
    [...values.entries()].filter(([, value]) => !Number.isFinite(value)).map(([index]) => ({ split, index })),
  );
}
